package io.compot.evaluation.speech;

import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.log_softmax;
import static org.bytedeco.pytorch.global.torch.tensor;

import io.compot.model.EncoderDecoder;
import io.compot.tensor.TensorScope;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What a model thinks of a text that it is shown token by token while it hears the sound. */
final class ForcedText {

  private ForcedText() {}

  /**
   * Log-likelihoods of all tokens at each place of the text, of its end too.
   *
   * @param memory what the encoder made of the sound, [1, S, H]
   * @param prompt tokens before the text, at least one
   * @param text its tokens
   * @return [text + 1, V], F64, in the caller's scope
   */
  static Tensor likelihoods(
      EncoderDecoder model, Tensor memory, List<Integer> prompt, long[] text) {
    try (var scope = TensorScope.open()) {
      Tensor before = tensor(prompt.stream().mapToLong(Integer::longValue).toArray());
      Tensor tokens = text.length == 0 ? before : cat(new TensorVector(before, tensor(text)), 0);
      Tensor logits =
          model.decoder().logits(tokens.unsqueeze(0), memory, null, text.length + 1L).squeeze(0);
      return scope.keep(log_softmax(logits.to(ScalarType.Double), -1));
    }
  }
}
