package io.compot.pipeline;

import io.compot.report.HtmlReport;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** {@code compression-report.json}. */
final class ReportFile {

  static final String NAME = "compression-report.json";

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private ReportFile() {}

  static String text(CompressionReport report) {
    return JSON.writeValueAsString(report) + "\n";
  }

  /** The same facts as a page. */
  static String page(CompressionReport report) {
    return HtmlReport.ofCompression(JSON.valueToTree(report));
  }
}
