package io.compot.speech;

import static org.bytedeco.pytorch.global.torch.log_softmax;
import static org.bytedeco.pytorch.global.torch.softmax;
import static org.bytedeco.pytorch.global.torch.tensor;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.model.EncoderDecoder;
import io.compot.model.KvCache;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Texts of what a model hears, token by token. */
final class Decoding {

  private final EncoderDecoder model;
  private final SpeechSettings settings;
  private final StopRequest stop;
  private final SplittableRandom random;

  /**
   * By a model, which stays the caller's.
   *
   * @param stop looked at before each token
   * @param seed of tokens that are drawn
   */
  Decoding(EncoderDecoder model, SpeechSettings settings, StopRequest stop, long seed) {
    this.model = model;
    this.settings = settings;
    this.stop = stop;
    this.random = new SplittableRandom(seed);
  }

  /**
   * What is asked.
   *
   * @param prompt all tokens before the first that is written
   * @param start which of them begins the text, behind what was said before
   * @param times what is written of times; null for none
   */
  record Question(List<Integer> prompt, int start, @Nullable TimeRule times) {}

  /**
   * One text.
   *
   * @param memory what the encoder made of the sound, [1, S, H]
   * @param temperature 0 for always the likeliest token
   */
  Decoded text(Tensor memory, Question question, double temperature) throws CompotException {
    try (var _ = TensorScope.open();
        KvCache cache = model.decoder().newCache()) {
      int asked = question.prompt().size();
      Tensor logits = model.decoder().logits(ids(question.prompt()), memory, cache, asked);
      double silence = silence(logits.select(1, question.start()));
      Tensor next = logits.select(1, asked - 1);
      List<Integer> tokens = new ArrayList<>();
      double sum = 0;
      boolean ended = false;
      while (!ended && asked + tokens.size() < settings.most()) {
        stop.check();
        try (var scope = TensorScope.open()) {
          Tensor scores = allowed(next, tokens, question.times());
          int token = chosen(scores, temperature);
          sum += log_softmax(scores, 0).select(0, token).item_double();
          tokens.add(token);
          ended = settings.end().contains(token);
          if (!ended) {
            next = scope.keep(model.decoder().logits(ids(List.of(token)), null, cache, 1));
          }
        }
      }
      double mean = tokens.isEmpty() ? 0 : sum / tokens.size();
      double repetition = Repetition.of(tokens, model.architecture().vocabularySize());
      if (ended) {
        tokens.removeLast();
      }
      return new Decoded(tokens, temperature, mean, repetition, silence);
    }
  }

  /** How likely the token is that says that nobody speaks, the one before that of no times. */
  private double silence(Tensor logits) {
    if (settings.noTimestamps().isEmpty()) {
      return 0;
    }
    try (var _ = TensorScope.open()) {
      Tensor likelihoods = softmax(logits.reshape(-1).to(ScalarType.Float), 0);
      return likelihoods.select(0, settings.noTimestamps().getAsInt() - 1L).item_double();
    }
  }

  /** Scores of the next token, without those that may not be written. */
  private Tensor allowed(Tensor logits, List<Integer> tokens, @Nullable TimeRule times)
      throws FailureException {
    try (var scope = TensorScope.open()) {
      Tensor scores = logits.reshape(-1).to(ScalarType.Float).clone();
      if (!Double.isFinite(scores.abs().amax().item_double())) {
        throw new FailureException(
            "the model computes NaN or infinite values; compute in f32, or check that it is sound");
      }
      if (tokens.isEmpty()) {
        silence(scores, settings.suppressedFirst());
      }
      silence(scores, settings.suppressed());
      if (times != null) {
        times.apply(scores, tokens);
      }
      return scope.keep(scores);
    }
  }

  private int chosen(Tensor scores, double temperature) {
    try (var _ = TensorScope.open()) {
      if (temperature == 0) {
        return Math.toIntExact(scores.argmax().item_long());
      }
      Tensor sums = softmax(scores.to(ScalarType.Double).div(new Scalar(temperature)), 0).cumsum(0);
      double drawn = random.nextDouble() * sums.select(0, -1).item_double();
      long below = sums.le(new Scalar(drawn)).sum().item_long();
      return Math.toIntExact(Math.min(below, sums.size(0) - 1));
    }
  }

  private static void silence(Tensor scores, List<Integer> tokens) {
    if (!tokens.isEmpty()) {
      scores.index_fill_(0, tensor(longs(tokens)), new Scalar(Double.NEGATIVE_INFINITY));
    }
  }

  static Tensor ids(List<Integer> tokens) {
    return tensor(longs(tokens)).view(1, tokens.size());
  }

  private static long[] longs(List<Integer> tokens) {
    return tokens.stream().mapToLong(Integer::longValue).toArray();
  }
}
