package io.compot.speech;

import static org.bytedeco.pytorch.global.torch.tensor;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.model.EncoderDecoder;
import io.compot.model.KvCache;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Writes down what a model hears, always with its most likely next token. */
public final class Transcriber {

  private final EncoderDecoder model;
  private final SpeechSettings settings;

  /** A transcriber by a model, which stays the caller's. */
  public Transcriber(EncoderDecoder model, SpeechSettings settings) {
    this.model = model;
    this.settings = settings;
  }

  /**
   * What was heard and what was written of it.
   *
   * @param prompt the tokens that asked for it
   * @param tokens of the text, without what ends it
   * @param language its code; null for a model of one language
   */
  public record Written(List<Integer> prompt, List<Integer> tokens, @Nullable String language) {}

  /**
   * Writes down one piece of sound.
   *
   * @param spectrogram [mels, frames]
   * @param language code; null for what the model takes it for, or has alone
   * @param task null for writing down what is said
   * @param stop looked at before each token
   */
  public Written write(
      Tensor spectrogram, @Nullable String language, @Nullable String task, StopRequest stop)
      throws CompotException {
    try (var _ = TensorScope.open();
        KvCache cache = model.decoder().newCache()) {
      Tensor memory = model.encode(spectrogram.unsqueeze(0));
      String chosen = language == null && settings.multilingual() ? language(memory) : language;
      List<Integer> prompt = settings.prompt(chosen, task);
      List<Integer> tokens = new ArrayList<>();
      Tensor next = step(prompt, memory, cache, true);
      while (prompt.size() + tokens.size() < settings.most()) {
        stop.check();
        int token = Math.toIntExact(next.argmax().item_long());
        if (settings.end().contains(token)) {
          break;
        }
        tokens.add(token);
        next = step(List.of(token), null, cache, false);
      }
      return new Written(prompt, List.copyOf(tokens), chosen);
    }
  }

  /** The language that the model takes what it hears for. */
  private String language(Tensor memory) {
    try (var _ = TensorScope.open()) {
      Tensor logits = model.decoder().logits(ids(List.of(settings.start())), memory, null, 1);
      Tensor scores = logits.reshape(-1).to(ScalarType.Float);
      return settings.languages().entrySet().stream()
          .max(
              Map.Entry.comparingByValue(
                  Comparator.comparingDouble(token -> scores.select(0, token).item_double())))
          .orElseThrow()
          .getKey();
    }
  }

  /** Scores of the token behind some, without those that may not be written. */
  private Tensor step(List<Integer> tokens, @Nullable Tensor memory, KvCache cache, boolean first)
      throws FailureException {
    try (var scope = TensorScope.open()) {
      Tensor logits = model.decoder().logits(ids(tokens), memory, cache, 1);
      Tensor scores = logits.reshape(-1).to(ScalarType.Float).clone();
      if (!Double.isFinite(scores.abs().amax().item_double())) {
        throw new FailureException(
            "the model computes NaN or infinite values; compute in f32, or check that it is sound");
      }
      silence(scores, settings.suppressed());
      if (first) {
        silence(scores, settings.suppressedFirst());
      }
      return scope.keep(scores);
    }
  }

  private static void silence(Tensor scores, List<Integer> tokens) {
    if (!tokens.isEmpty()) {
      scores.index_fill_(0, tensor(longs(tokens)), new Scalar(Double.NEGATIVE_INFINITY));
    }
  }

  private static Tensor ids(List<Integer> tokens) {
    return tensor(longs(tokens)).view(1, tokens.size());
  }

  private static long[] longs(List<Integer> tokens) {
    return tokens.stream().mapToLong(Integer::longValue).toArray();
  }
}
