package io.compot.cli;

import io.compot.comparison.ComparisonRow;
import io.compot.error.FailureException;
import io.compot.report.HtmlReport;
import io.compot.report.PaperFiles;
import io.compot.report.ReportJson;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;

/**
 * A comparison's results in their readable forms: a table for programs, the same as JSON, one for
 * documents, one for papers, a page, and two figures for each model. Each file is replaced whole.
 */
final class ComparedFiles {

  private final Path folder;

  ComparedFiles(Path folder) {
    this.folder = folder;
  }

  /** Brings all files up to date. */
  void write(List<ComparisonRow> rows) throws FailureException {
    try {
      replace("results.csv", csv(rows).getBytes(StandardCharsets.UTF_8));
      replace("results.json", ReportJson.pretty(json(rows)).getBytes(StandardCharsets.UTF_8));
      replace(
          HtmlReport.NAME, HtmlReport.ofComparison(json(rows)).getBytes(StandardCharsets.UTF_8));
      replace("results.md", ComparedTables.markdown(rows).getBytes(StandardCharsets.UTF_8));
      for (var file : PaperFiles.of(json(rows)).entrySet()) {
        replace(file.getKey(), file.getValue().getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException failed) {
      throw new FailureException(
          "%s: the comparison cannot be written (%s); check space and permissions"
              .formatted(folder, failed.getMessage()),
          failed);
    }
  }

  /** The results as one object. */
  static Map<String, Object> json(List<ComparisonRow> rows) {
    return Map.of("results", rows);
  }

  /** A heading and a line a row, under the names of the JSON form. */
  static String csv(List<ComparisonRow> rows) {
    var text = new StringBuilder();
    for (ComparisonRow row : rows) {
      Map<String, String> fields = ReportJson.fields(row);
      if (text.isEmpty()) {
        text.append(String.join(",", fields.keySet())).append('\n');
      }
      text.append(String.join(",", fields.values())).append('\n');
    }
    return text.toString();
  }

  private void replace(String name, byte[] bytes) throws IOException {
    Path partial = folder.resolve("." + name + ".partial");
    Files.write(partial, bytes);
    Files.move(partial, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }
}
