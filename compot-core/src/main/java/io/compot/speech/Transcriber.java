package io.compot.speech;

import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.model.EncoderDecoder;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Writes down what a model hears at once, always with its most likely next token. */
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
   * Writes down one piece of sound, without times.
   *
   * @param spectrogram [mels, frames]
   * @param language code; null for what the model takes it for, or has alone
   * @param task null for writing down what is said
   * @param stop looked at before each token
   */
  public Written write(
      Tensor spectrogram, @Nullable String language, @Nullable String task, StopRequest stop)
      throws CompotException {
    try (var _ = TensorScope.open()) {
      Tensor memory = model.encode(spectrogram.unsqueeze(0));
      String chosen = language(memory, language);
      List<Integer> prompt = settings.prompt(chosen, task);
      Decoded decoded =
          new Decoding(model, settings, stop, 0)
              .text(memory, new Decoding.Question(prompt, 0, null), 0);
      return new Written(prompt, decoded.tokens(), chosen);
    }
  }

  /** The language that is named, or that the model takes what it hears for. */
  @Nullable String language(Tensor memory, @Nullable String named) throws UsageException {
    if (named != null || !settings.multilingual()) {
      settings.prompt(named, null);
      return named;
    }
    try (var _ = TensorScope.open()) {
      Tensor logits =
          model.decoder().logits(Decoding.ids(List.of(settings.start())), memory, null, 1);
      Tensor scores = logits.reshape(-1).to(ScalarType.Float);
      return settings.languages().entrySet().stream()
          .max(
              Map.Entry.comparingByValue(
                  Comparator.comparingDouble(token -> scores.select(0, token).item_double())))
          .orElseThrow()
          .getKey();
    }
  }
}
