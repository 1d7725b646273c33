package io.compot;

import io.compot.error.CompotException;
import io.compot.text.TextFile;
import java.nio.file.Path;
import java.util.List;

/**
 * How a model goes on with the beginning of a text, its likeliest token each time.
 *
 * @param prompt the beginning
 * @param text what it wrote
 * @param tokensPerSecond that it wrote, without the prompt's time
 */
public record TextSample(String prompt, String text, double tokensPerSecond) {

  /** Tokens of the text that are read, and that are written. */
  private static final int READ = 24;

  private static final int WRITTEN = 32;

  /**
   * Takes one of the beginning of a text: {@value #READ} tokens are read.
   *
   * @param text a UTF-8 text, or rows
   */
  public static TextSample of(Model model, Path text) throws CompotException {
    String begin = TextFile.read(text, "text").documents().getFirst().strip();
    // Letters that hold as many tokens in any language.
    int letters = Math.min(16 * READ, begin.codePointCount(0, begin.length()));
    List<Integer> tokens = model.encode(begin.substring(0, begin.offsetByCodePoints(0, letters)));
    int room = Math.max(1, model.contextLength() - WRITTEN);
    int read = Math.min(Math.min(READ, room), tokens.size());
    return of(model, model.text(tokens.subList(0, read), true));
  }

  /** Takes one of a prompt: {@value #WRITTEN} tokens are written at most. */
  public static TextSample of(Model model, String prompt) throws CompotException {
    var options = GenerationOptions.defaults().withMaxTokens(WRITTEN).withTemperature(0);
    Generation written = model.generate(prompt, options, _ -> {});
    return new TextSample(prompt, written.text(), written.decodedPerSecond());
  }
}
