package io.compot.cli;

import io.compot.comparison.ComparisonResults;
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
  void write(ComparisonResults results) throws FailureException {
    Map<String, Object> json = results.json();
    List<ComparisonRow> rows = results.rows();
    try {
      replace("results.csv", ComparedCsv.of(results).getBytes(StandardCharsets.UTF_8));
      replace("results.json", ReportJson.pretty(json).getBytes(StandardCharsets.UTF_8));
      replace(HtmlReport.NAME, HtmlReport.ofComparison(json).getBytes(StandardCharsets.UTF_8));
      replace("results.md", ComparedTables.markdown(rows).getBytes(StandardCharsets.UTF_8));
      for (var file : PaperFiles.of(json).entrySet()) {
        replace(file.getKey(), file.getValue().getBytes(StandardCharsets.UTF_8));
      }
    } catch (IOException failed) {
      throw new FailureException(
          "%s: the comparison cannot be written (%s); check space and permissions"
              .formatted(folder, failed.getMessage()),
          failed);
    }
  }

  private void replace(String name, byte[] bytes) throws IOException {
    Path partial = folder.resolve("." + name + ".partial");
    Files.write(partial, bytes);
    Files.move(partial, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }
}
