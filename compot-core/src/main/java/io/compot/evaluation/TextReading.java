package io.compot.evaluation;

import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.text.TextFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** How a file becomes the one text whose tokens are scored. */
public enum TextReading {

  /** The file as it stands, tokenised without special tokens. */
  PLAIN("as it stands, without special tokens"),

  /**
   * As GPTQ (arXiv 2210.17323, {@code datautils.py}) reads WikiText-2, and SVD-LLM and others after
   * it: the rows of the data set joined by two newlines, tokenised once with whatever special
   * tokens the tokenizer adds around a text.
   */
  GPTQ("rows joined by two newlines, with the tokenizer's special tokens around the whole");

  private static final String FIELD = "text";

  private final String label;

  TextReading(String label) {
    this.label = label;
  }

  /**
   * "plain" or "gptq".
   *
   * @throws UsageException for any other name
   */
  public static TextReading named(String name) throws UsageException {
    for (TextReading each : values()) {
      if (each.name().equals(name.toUpperCase(Locale.ROOT))) {
        return each;
      }
    }
    throw new UsageException("reading " + name + " is unknown; choose plain or gptq");
  }

  /** For a protocol. */
  public String label() {
    return label;
  }

  /** Whether the tokenizer's special tokens stand around the text. */
  public boolean special() {
    return this == GPTQ;
  }

  /**
   * Reads a file: text, or rows of JSON or parquet with a column {@code text}.
   *
   * @throws InputException where it cannot be read so
   */
  public TextFile read(Path file) throws InputException {
    TextFile text = TextFile.read(file, FIELD);
    return this == GPTQ && !text.rows()
        ? new TextFile(file, rows(text.whole()), true, text.sha256(), text.bytes())
        : text;
  }

  /** A row a line, its line end included; a blank line is an empty row. */
  static List<String> rows(String text) {
    List<String> rows = new ArrayList<>();
    for (int from = 0; from < text.length(); ) {
      int end = text.indexOf('\n', from);
      int next = end < 0 ? text.length() : end + 1;
      String line = text.substring(from, next);
      rows.add(line.isBlank() ? "" : line);
      from = next;
    }
    return rows;
  }
}
