package io.compot.evaluation.data;

import io.compot.error.InputException;
import io.compot.file.Sha256;
import io.compot.text.rows.JsonRows;
import io.compot.text.rows.ParquetRows;
import io.compot.text.rows.Row;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A data file: JSON Lines or a JSON array ({@code .jsonl}, {@code .json}, also packed with gzip or
 * zstd), parquet as the hub holds it, or WikiText as one raw text ({@code .raw}).
 */
public final class DataFile {

  private DataFile() {}

  /** Whether a file of this name can be read. */
  public static boolean readable(String name) {
    return name.toLowerCase(Locale.ROOT)
        .matches(".*\\.((jsonl|ndjson|json)(\\.gz|\\.zst)?|parquet|raw)");
  }

  /**
   * All rows of a file.
   *
   * @throws InputException naming file and row where it is damaged, cut off or something else
   */
  public static List<Row> rows(Path file) throws InputException {
    present(file);
    String name = file.toString().toLowerCase(Locale.ROOT);
    try {
      refuseForeign(file);
      if (name.endsWith(".parquet")) {
        return ParquetRows.read(file);
      }
      if (name.endsWith(".raw")) {
        return PageRows.read(file);
      }
      if (readable(name)) {
        return JsonRows.read(file);
      }
    } catch (IOException e) {
      throw new InputException(
          "%s: cannot be read (%s); the file may be cut off: download it again"
              .formatted(file, String.valueOf(e.getMessage()).lines().findFirst().orElse("")),
          e);
    }
    throw InputException.in(
        file,
        "not a kind of data file that can be read",
        "give .jsonl or .json (also .gz or .zst of them), or .parquet");
  }

  /** SHA-256 of a file's bytes, in hexadecimal. */
  public static String digest(Path file) throws InputException {
    present(file);
    try {
      return Sha256.of(file);
    } catch (IOException e) {
      throw new InputException(file + ": cannot be read (" + e + "); check its permissions", e);
    }
  }

  private static void present(Path file) throws InputException {
    if (!Files.isRegularFile(file)) {
      throw InputException.in(file, "there is no such file", "check the path");
    }
  }

  private static void refuseForeign(Path file) throws IOException, InputException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(64);
    }
    String start =
        new String(bytes, StandardCharsets.ISO_8859_1).stripLeading().toLowerCase(Locale.ROOT);
    if (bytes.length == 0) {
      throw InputException.in(file, "the file is empty", "download it again");
    }
    if (start.startsWith("version https://git-lfs")) {
      throw InputException.in(
          file,
          "this is a Git-LFS pointer, not the file itself",
          "fetch the content with 'git lfs pull' or download the file again");
    }
    if (start.startsWith("<!doctype") || start.startsWith("<html")) {
      throw InputException.in(
          file,
          "this is an HTML page, not the file itself",
          "download the file again from its download link");
    }
  }
}
