package io.compot.evaluation.speech;

import io.compot.audio.HeardSound;
import io.compot.audio.LogMel;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.model.EncoderDecoder;
import io.compot.progress.Run;
import io.compot.progress.Stage;
import io.compot.speech.SpeechSettings;
import io.compot.speech.Transcriber;
import io.compot.tensor.TensorScope;
import io.compot.tokenizer.TextTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Lets a model write down a set, always with its most likely next token, and asks what it thinks of
 * what was said: errors of words move in steps of a word, likelihoods tell small damage.
 */
public final class SpeechEvaluation {

  private final EncoderDecoder model;
  private final SpeechSettings settings;
  private final LogMel mel;
  private final TextTokenizer texts;
  private final @Nullable EncoderDecoder original;

  /**
   * Of a model, which stays the caller's.
   *
   * @param original a model of the same tokens that it is compared with; null for none
   */
  public SpeechEvaluation(
      EncoderDecoder model,
      SpeechSettings settings,
      LogMel mel,
      TextTokenizer texts,
      @Nullable EncoderDecoder original) {
    this.model = model;
    this.settings = settings;
    this.mel = mel;
    this.texts = texts;
    this.original = original;
  }

  /**
   * Measures it.
   *
   * @param language code of what is said; null for what the model takes it for, or has alone
   * @throws CompotException where a sound cannot be read or is longer than the model hears at once
   */
  public SpeechScores of(
      SpeechSet set, TextNormaliser normaliser, @Nullable String language, Run run)
      throws CompotException {
    List<HeardUtterance> heard = new ArrayList<>();
    List<Utterance> all = set.utterances();
    double wall = 0;
    try (Stage stage = run.stage("transcribe", all.size())) {
      for (Utterance each : all) {
        stage.safePoint();
        try (HeardSound sound = HeardSound.open(each.audio(), mel, run.stop());
            var _ = TensorScope.open()) {
          if (!sound.whole()) {
            throw InputException.in(
                each.audio(),
                "%s is %.0f seconds long, longer than the model hears at once"
                    .formatted(each.name(), sound.seconds()),
                "measure on utterances");
          }
          Tensor spectrogram = sound.from(0);
          long start = System.nanoTime();
          var written =
              new Transcriber(model, settings).write(spectrogram, language, null, run.stop());
          wall += (System.nanoTime() - start) / 1e9;
          heard.add(scored(each, sound.seconds(), spectrogram, written, normaliser));
        }
        stage.advance(each.name(), 1);
      }
    }
    return new SpeechScores(normaliser, heard, wall);
  }

  private HeardUtterance scored(
      Utterance said,
      double seconds,
      Tensor spectrogram,
      Transcriber.Written written,
      TextNormaliser normaliser)
      throws CompotException {
    String text =
        texts.decode(written.tokens().stream().mapToLong(Integer::longValue).toArray(), true);
    String right = normaliser.normalise(said.text());
    String wrong = normaliser.normalise(text);
    long[] tokens = texts.encode(" " + plain(said.text()), false);
    List<Integer> prompt = written.prompt();
    if (prompt.size() + tokens.length + 1 > model.architecture().contextLength()) {
      throw InputException.in(
          said.audio(),
          "what is said takes %d tokens, more than the model reads".formatted(tokens.length),
          "measure on shorter utterances");
    }
    Tensor own = ForcedText.likelihoods(model, memory(model, spectrogram), prompt, tokens);
    int end = settings.end().stream().min(Integer::compare).orElse(-1);
    double sum = 0;
    int scored = tokens.length + (end < 0 ? 0 : 1);
    for (int i = 0; i < scored; i++) {
      sum += own.select(0, i).select(0, i < tokens.length ? tokens[i] : end).item_double();
    }
    return new HeardUtterance(
        said.name(),
        seconds,
        said.text(),
        text,
        WordErrors.places(WordErrors.words(right), WordErrors.words(wrong)),
        WordErrors.of(
            WordErrors.places(WordErrors.characters(right), WordErrors.characters(wrong))),
        scored,
        sum,
        divergence(own.narrow(0, 0, scored), spectrogram, prompt, tokens));
  }

  private OptionalDouble divergence(
      Tensor own, Tensor spectrogram, List<Integer> prompt, long[] tokens) {
    if (original == null) {
      return OptionalDouble.empty();
    }
    Tensor first =
        ForcedText.likelihoods(original, memory(original, spectrogram), prompt, tokens)
            .narrow(0, 0, own.size(0));
    return OptionalDouble.of(first.exp().mul(first.sub(own)).sum().item_double());
  }

  private static Tensor memory(EncoderDecoder model, Tensor spectrogram) {
    return model.encode(spectrogram.unsqueeze(0));
  }

  /** Texts in capitals alone become small: models that hear write nothing so. */
  private static String plain(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.equals(line.toUpperCase(Locale.ROOT)) ? line.toLowerCase(Locale.ROOT) : line;
  }
}
