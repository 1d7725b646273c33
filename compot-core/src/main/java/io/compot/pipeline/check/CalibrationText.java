package io.compot.pipeline.check;

import io.compot.calibration.TokenWindows;
import io.compot.chat.ChatTexts;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.recipe.CompressionSettings;
import io.compot.text.TextFile;
import io.compot.tokenizer.TextTokenizer;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** From calibration files to token windows. */
final class CalibrationText {

  private static final int DEFAULT_LENGTH = 1024;

  /** Bytes of a token, where texts are not read to count them; of English, about. */
  private static final int BYTES_A_TOKEN = 4;

  private CalibrationText() {}

  /** Windows of no text, as many and as long as {@link #windows} would choose, about. */
  static TokenWindows expected(int context, CompressionSettings settings) {
    int length = settings.general().length().orElse(Math.min(DEFAULT_LENGTH, context));
    long bytes = settings.calibration().stream().mapToLong(file -> file.toFile().length()).sum();
    int all = (int) Math.max(1, bytes / BYTES_A_TOKEN / length);
    return new TokenWindows(
        Collections.nCopies(settings.general().samples().orElse(all), new long[length]));
  }

  /**
   * Reads, tokenises whole (documents joined by empty lines, no special tokens) and chooses
   * windows.
   *
   * @param context longest sequence of the model
   * @param digests where the files' digests are put
   * @throws CompotException where a file is no text, or too short, or the length does not fit
   */
  static TokenWindows windows(
      ModelSource checkpoint, int context, CompressionSettings settings, Map<Path, String> digests)
      throws CompotException {
    return read(
        checkpoint,
        context,
        settings,
        digests,
        (tokens, length, source) ->
            TokenWindows.choose(
                tokens, optional(settings.general().samples()), length, settings.seed(), source));
  }

  /** Windows of the same texts that {@link #windows} does not choose, at most so many. */
  static TokenWindows aside(
      ModelSource checkpoint, int context, CompressionSettings settings, int most)
      throws CompotException {
    return read(
        checkpoint,
        context,
        settings,
        new HashMap<>(),
        (tokens, length, source) ->
            TokenWindows.aside(
                tokens,
                optional(settings.general().samples()),
                length,
                settings.seed(),
                most,
                source));
  }

  private static TokenWindows read(
      ModelSource checkpoint,
      int context,
      CompressionSettings settings,
      Map<Path, String> digests,
      Choice choice)
      throws CompotException {
    int length = settings.general().length().orElse(Math.min(DEFAULT_LENGTH, context));
    if (length < 1 || length > context) {
      throw new UsageException(
          "length %d does not fit: from 1 to the model's %d tokens".formatted(length, context));
    }
    List<TextFile> texts =
        TextFile.readAll(
            settings.calibration(), settings.general().field(), new ChatTexts(checkpoint.folder()));
    for (TextFile text : texts) {
      String expected = settings.digests().getOrDefault(text.file(), text.sha256());
      if (!expected.equals(text.sha256())) {
        throw InputException.in(
            text.file(),
            "the recipe was made with another text: its SHA-256 is %s, this file's is %s"
                .formatted(expected, text.sha256()),
            "restore the text, or remove sha256 from the recipe to take this one");
      }
      digests.put(text.file(), text.sha256());
    }
    String whole =
        texts.stream().map(TextFile::whole).collect(Collectors.joining(TextFile.SEPARATOR));
    String source =
        settings.calibration().stream().map(Path::toString).collect(Collectors.joining(", "));
    try (TextTokenizer tokenizer = checkpoint.tokenizer()) {
      return choice.of(tokenizer.encode(whole, false), length, source);
    }
  }

  /** Chooses among the windows of a text. */
  @FunctionalInterface
  private interface Choice {
    TokenWindows of(long[] tokens, int length, String source) throws InputException;
  }

  private static OptionalInt optional(Optional<Integer> value) {
    return value.map(OptionalInt::of).orElse(OptionalInt.empty());
  }
}
