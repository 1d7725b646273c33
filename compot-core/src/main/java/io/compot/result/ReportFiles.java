package io.compot.result;

import io.compot.error.FailureException;
import io.compot.report.HtmlReport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** The report in its forms: for programs, for a browser, and as a model card. */
public final class ReportFiles {

  public static final String JSON_NAME = "compression-report.json";
  static final String CARD_NAME = "README.md";

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private ReportFiles() {}

  /**
   * Name and content of each file.
   *
   * @param source folder of the model that was compressed
   */
  public static Map<String, byte[]> of(CompressionReport report, Path source) {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put(JSON_NAME, utf8(JSON.writeValueAsString(report) + "\n"));
    files.put(HtmlReport.NAME, utf8(HtmlReport.ofCompression(JSON.valueToTree(report))));
    files.put(CARD_NAME, utf8(ModelCard.text(report, SourceCard.of(source))));
    return files;
  }

  /**
   * Brings the files of an output up to date, each whole.
   *
   * @param source folder of the model that was compressed
   * @throws FailureException where they cannot be written; then those before are still there
   */
  public static void replace(Path output, CompressionReport report, Path source)
      throws FailureException {
    for (Map.Entry<String, byte[]> file : of(report, source).entrySet()) {
      Path place = output.resolve(file.getKey());
      Path partial = output.resolve("." + file.getKey() + ".partial");
      try {
        try (var channel =
            FileChannel.open(
                partial,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE)) {
          var bytes = ByteBuffer.wrap(file.getValue());
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
          channel.force(true);
        }
        Files.move(partial, place, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw new FailureException(
            place + ": cannot be written (" + e + "); check space and permissions", e);
      }
    }
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
