package io.compot.report;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How the browser writes a number. */
enum Unit {
  TEXT,
  COUNT,
  /** A fraction of one. */
  PERCENT,
  NUMBER,
  BYTES,
  SECONDS;

  @JsonValue
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
