package io.compot.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What two runs of the same work have to agree in. */
public final class TimelessFiles {

  private TimelessFiles() {}

  /** An output's files but for times, which stand in the report under names that tell. */
  public static Map<String, String> of(Path output) throws IOException {
    Map<String, String> content = new TreeMap<>();
    try (Stream<Path> files = Files.walk(output)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        content.put(output.relativize(file).toString(), content(file));
      }
    }
    return content;
  }

  private static String content(Path file) throws IOException {
    if (file.endsWith("compression-report.json")) {
      String report = Files.readString(file);
      return report.substring(0, report.indexOf("\"run\" :")).replaceAll("\"seconds\" : [^,]*", "");
    }
    if (file.endsWith("report.html")) {
      return Files.readString(file).replaceFirst("(?s)id=\"run\">.*?</script>", "");
    }
    return HexFormat.of().formatHex(Files.readAllBytes(file));
  }
}
