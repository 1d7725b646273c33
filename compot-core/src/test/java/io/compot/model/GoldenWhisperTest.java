package io.compot.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.cat;
import static org.bytedeco.pytorch.global.torch.full;

import io.compot.checkpoint.Checkpoint;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.junit.jupiter.api.Test;

/** Both stacks of Whisper against the outputs of OpenAI's code. */
class GoldenWhisperTest {

  @Test
  void agreesWithTheReference() throws Exception {
    Path folder = SharedData.path("golden/public/whisper");
    try (var checkpoint = Checkpoint.open(folder);
        var golden = Golden.open(folder);
        var grams = new Golden.Grams()) {
      var loader = WeightLoader.of(checkpoint, Dtype.F32).decorated(grams::observe);
      Architecture architecture = Architecture.of(checkpoint);
      try (var model = EncoderDecoder.load(architecture, loader)) {
        for (String sequence : golden.sequences()) {
          try (var _ = TensorScope.open()) {
            Tensor mel =
                golden.tensors().tensor(sequence.replace("seq", "wave") + ".mel").unsqueeze(0);
            Map<String, Tensor> trace = model.trace(mel, golden.tokens(sequence));
            golden.assertTrace(sequence, trace);
            golden.assertLoss(sequence, requireNonNull(trace.get("logits")).squeeze(0));
          }
        }
        golden.assertGrams(grams.byName);
        inputsAreShared(architecture, grams.byName);
        for (String sequence : golden.sequences()) {
          stepByStep(golden, model, sequence);
        }
      }
    }
  }

  /** What the encoder heard is turned into keys and values in the first step alone. */
  private static void stepByStep(Golden golden, EncoderDecoder model, String sequence)
      throws Exception {
    try (var _ = TensorScope.open();
        KvCache cache = model.decoder().newCache()) {
      Tensor mel = golden.tensors().tensor(sequence.replace("seq", "wave") + ".mel").unsqueeze(0);
      Tensor memory = model.encode(mel);
      Tensor tokens = golden.tokens(sequence);
      var rows = new TensorVector();
      for (long at = 0; at < tokens.size(1); at++) {
        Tensor one = tokens.narrow(1, at, 1);
        Tensor last = model.decoder().logits(one, at == 0 ? memory : null, cache, 1);
        rows.push_back(last.view(1, -1));
      }
      golden.assertLogits(sequence, cat(rows, 0));

      cache.clear();
      int prompt =
          golden.facts().object("greedy").object(sequence).positiveInt("prompt_tokens", 64);
      Tensor last = model.decoder().logits(tokens.narrow(1, 0, prompt), memory, cache, 1);
      List<Long> greedy = new ArrayList<>();
      for (int step = 0; step < 6; step++) {
        long next = last.view(-1).argmax().item_long();
        greedy.add(next);
        Tensor one =
            full(new long[] {1, 1}, new Scalar(next), new TensorOptions(Dtype.I64.scalarType()));
        last = model.decoder().logits(one, null, cache, 1);
      }
      golden.assertGreedy(sequence, greedy);
    }
  }

  /** Cross-attention's q shares no input with its k and v, which share the encoder's output. */
  private static void inputsAreShared(Architecture architecture, Map<String, Tensor> grams) {
    for (SharedInput group : architecture.projections().toList()) {
      Tensor first = requireNonNull(grams.get(group.first().name()));
      for (Projection projection : group.projections()) {
        assertThat(requireNonNull(grams.get(projection.name())).equal(first))
            .as(projection.name())
            .isTrue();
      }
    }
    Tensor heard = requireNonNull(grams.get("model.decoder.layers.0.encoder_attn.k_proj"));
    Tensor asking = requireNonNull(grams.get("model.decoder.layers.0.encoder_attn.q_proj"));
    assertThat(asking.equal(heard)).isFalse();
    assertThat(requireNonNull(grams.get("model.decoder.layers.1.encoder_attn.v_proj")).equal(heard))
        .isTrue();
  }
}
