package io.compot.report;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How the browser writes a number. */
enum Unit {
  TEXT,
  /** Data URLs of images, with blanks between them. */
  IMAGES,
  /**
   * Words with errors among them: {@code [−missing]}, {@code [+too many]}, {@code [said→heard]}.
   */
  ERRORS,
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
