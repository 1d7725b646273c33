package io.compot.calibration.sound;

import io.compot.audio.LogMel;
import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.SampleSource;
import io.compot.calibration.TokenWindows;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.file.Sha256;
import io.compot.model.Architecture;
import io.compot.model.EncoderDecoder;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.speech.SpeechSettings;
import io.compot.speech.Transcriber;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tokenizer.TextTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Calibration of a model that hears: its encoder on spectrograms of sound, its decoder on what is
 * said there. Where nobody has written that down, the model does, and is calibrated on its own
 * words.
 */
public final class SoundCalibration {

  /** Tokens of a text, where texts are not read to count them; of half a minute, about. */
  private static final int TOKENS_A_TEXT = 64;

  private final Architecture architecture;
  private final ModelSource checkpoint;

  /** Of a model of two stacks, the first of which hears. */
  public SoundCalibration(Architecture architecture, ModelSource checkpoint) {
    this.architecture = architecture;
    this.checkpoint = checkpoint;
  }

  /**
   * Reads it.
   *
   * @param named files of sound and folders of them
   * @param most samples at most; empty for all there are
   * @param computation to write down what nobody has
   * @param digests where the files' digests are put
   * @throws CompotException where there is no sound, a file cannot be read or is too long, or the
   *     tokenizer is missing
   */
  public CalibrationSamples samples(
      List<Path> named,
      Optional<Integer> most,
      long seed,
      Dtype computation,
      Map<Path, String> digests)
      throws CompotException {
    List<Path> files = SoundFiles.of(named, most, seed);
    List<String> known = new ArrayList<>();
    for (Path file : files) {
      known.add(digest(file));
      digests.put(file, known.getLast());
    }
    Spectrograms heard = spectrograms(files, known);
    return together(heard, new WrittenTokens(texts(heard, computation)));
  }

  /** As many samples as {@link #samples} would give, of no sound and no text. */
  public CalibrationSamples expected(List<Path> named, Optional<Integer> most, long seed)
      throws CompotException {
    List<Path> files = SoundFiles.of(named, most, seed);
    int length = Math.min(TOKENS_A_TEXT, architecture.contextLength());
    return together(
        spectrograms(files, Collections.nCopies(files.size(), "")),
        new TokenWindows(Collections.nCopies(files.size(), new long[length])));
  }

  private CalibrationSamples together(Spectrograms heard, SampleSource written) {
    return new CalibrationSamples(
        Map.of(encoder().name(), heard, architecture.decoder().name(), written));
  }

  private Stack encoder() {
    return architecture.stacks().getFirst();
  }

  private Spectrograms spectrograms(List<Path> files, List<String> digests) throws InputException {
    List<Long> shape = encoder().sampleShape();
    LogMel mel = LogMel.of(checkpoint.folder(), Math.toIntExact(shape.getFirst()));
    return new Spectrograms(files, digests, mel, Math.toIntExact(shape.getLast() / 2));
  }

  private List<long[]> texts(Spectrograms heard, Dtype computation) throws CompotException {
    var settings = SpeechSettings.of(checkpoint, architecture);
    var transcripts = new Transcripts();
    List<@Nullable String> given = new ArrayList<>();
    for (Path file : heard.files()) {
      given.add(transcripts.of(file).orElse(null));
    }
    List<long[]> texts = new ArrayList<>(Collections.nCopies(given.size(), new long[0]));
    List<Integer> missing =
        IntStream.range(0, given.size()).filter(i -> given.get(i) == null).boxed().toList();
    if (missing.size() < given.size()) {
      List<Integer> prompt = settings.prompt(null, null);
      try (TextTokenizer tokenizer = checkpoint.tokenizer()) {
        for (int i = 0; i < given.size(); i++) {
          String text = given.get(i);
          if (text != null) {
            texts.set(i, joined(prompt, tokenizer.encode(" " + text, false)));
          }
        }
      }
    }
    if (!missing.isEmpty()) {
      try (var model =
          EncoderDecoder.load(architecture, WeightLoader.of(checkpoint, computation))) {
        var transcriber = new Transcriber(model, settings);
        for (int i : missing) {
          try (var _ = TensorScope.open()) {
            var written =
                transcriber.write(heard.of(heard.files().get(i)), null, null, StopRequest.never());
            texts.set(
                i,
                joined(
                    written.prompt(),
                    written.tokens().stream().mapToLong(Integer::longValue).toArray()));
          }
        }
      }
    }
    return texts;
  }

  /** As much of them as the decoder takes. */
  private long[] joined(List<Integer> prompt, long[] text) {
    long[] all = new long[prompt.size() + text.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = i < prompt.size() ? prompt.get(i) : text[i - prompt.size()];
    }
    return Arrays.copyOf(all, Math.min(all.length, architecture.contextLength()));
  }

  private static String digest(Path file) throws InputException {
    try {
      return Sha256.of(file);
    } catch (IOException e) {
      throw InputException.in(file, "cannot be read: " + e.getMessage(), "check its rights");
    }
  }
}
