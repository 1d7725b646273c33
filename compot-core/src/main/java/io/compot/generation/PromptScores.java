package io.compot.generation;

import io.compot.generation.LogProbabilities.Scored;
import io.compot.model.CausalModel;
import io.compot.progress.StopRequest;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * How likely a model finds each token of a given text.
 *
 * @param places one for each token but the first
 */
public record PromptScores(List<Place> places) {

  /** Logits of so many places are in memory at once. */
  private static final int PLACES = 64;

  private static final int PIECE = 512;

  /**
   * One token.
   *
   * @param actual the one that is there
   * @param top the most likely ones, most likely first
   */
  public record Place(Scored actual, List<Scored> top) {}

  /**
   * Runs a model over tokens.
   *
   * @param tokens at least one
   * @param top how many of the most likely tokens to tell
   * @param stop looked at between pieces; the result is not whole where it wants to stop
   */
  public static PromptScores of(CausalModel model, long[] tokens, int top, StopRequest stop) {
    try (var sequence = new Sequence(model)) {
      PromptScores scores = none();
      while (sequence.length() < tokens.length && !stop.wanted()) {
        scores.extend(model, sequence, tokens, PIECE, top);
      }
      return scores;
    }
  }

  /** None yet. */
  public static PromptScores none() {
    return new PromptScores(new ArrayList<>());
  }

  /**
   * Adds those of the next tokens.
   *
   * @param sequence has seen as many of the tokens as were scored, and will have seen more
   * @param most how many to see
   */
  public void extend(CausalModel model, Sequence sequence, long[] tokens, int most, int top) {
    int from = sequence.length();
    sequence.extend(
        tokens,
        most,
        hidden -> {
          int length = (int) hidden.size(1);
          for (int i = 0; i < length; i += PLACES) {
            int count = Math.min(PLACES, length - i);
            score(model, hidden.narrow(1, i, count), tokens, from + i + 1, top, places);
          }
        });
  }

  /** Adds what the rows say of the tokens from a place on. */
  private static void score(
      CausalModel model, Tensor hidden, long[] tokens, int from, int top, List<Place> into) {
    try (var _ = TensorScope.open()) {
      Tensor logits = model.logitsOf(hidden).to(Dtype.F32.scalarType()).contiguous();
      float[] all = NativeMemory.bytes(logits).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      int rows = (int) hidden.size(1);
      int width = all.length / rows;
      for (int row = 0; row < rows && from + row < tokens.length; row++) {
        float[] one = Arrays.copyOfRange(all, row * width, (row + 1) * width);
        double normaliser = LogProbabilities.normaliser(one);
        int token = (int) tokens[from + row];
        into.add(
            new Place(
                new Scored(token, one[token] - normaliser),
                LogProbabilities.top(one, top, normaliser)));
      }
    }
  }
}
