package io.compot.cli;

import io.compot.report.ReportJson;

/** Results as a machine reads them. */
final class Json {

  private Json() {}

  /** One JSON value with a line end after it. */
  static String text(Object value) {
    return ReportJson.pretty(value);
  }

  static void print(Screen screen, Object value) {
    screen.out().print(text(value));
    screen.out().flush();
  }
}
