package io.compot.evaluation.request;

import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.model.CausalModel;
import io.compot.tensor.Dtype;
import io.compot.tokenizer.TextTokenizer;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.OptionalInt;

/**
 * A loaded model with its tokenizer, as an evaluation asks it.
 *
 * @param bos whether the tokenizer's beginning-of-text token stands before every text
 * @param computation element type of the forward pass
 */
public record ScoredModel(CausalModel model, PairEncoder encoder, boolean bos, Dtype computation) {

  /**
   * By the harness's rules: nothing is added around a text, except for Gemma models, which need
   * their beginning-of-text token; a text without context stands behind the beginning-of-text
   * token, behind the end-of-text token where the model has no other.
   *
   * @param folder of the checkpoint, for messages
   * @throws InputException where the tokenizer has neither
   */
  public static ScoredModel of(
      CausalModel model, TextTokenizer tokenizer, Dtype computation, Path folder)
      throws InputException {
    boolean bos = model.architecture().family().startsWith("gemma");
    return new ScoredModel(
        model,
        new PairEncoder(text -> tokenizer.encode(text, bos), prefix(tokenizer, folder)),
        bos,
        computation);
  }

  private static long prefix(TextTokenizer tokenizer, Path folder) throws InputException {
    if (tokenizer.bosId().isPresent()) {
      return tokenizer.bosId().getAsInt();
    }
    Iterator<Integer> ends = tokenizer.eosIds().stream().sorted().iterator();
    if (ends.hasNext()) {
      return ends.next();
    }
    throw InputException.in(
        folder,
        "the tokenizer has no token that begins or ends a text",
        "name bos_token or eos_token in tokenizer_config.json");
  }

  /**
   * The longest input: the model's context, or less if asked for.
   *
   * @throws UsageException where more is asked for
   */
  public int maxLength(OptionalInt asked) throws UsageException {
    int most = model.architecture().contextLength();
    int length = asked.orElse(most);
    if (length < 2 || length > most) {
      throw new UsageException(
          "longest input %d does not fit: from 2 to the model's %d tokens".formatted(length, most));
    }
    return length;
  }
}
