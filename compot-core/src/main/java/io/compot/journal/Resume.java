package io.compot.journal;

import io.compot.error.UsageException;
import java.util.Locale;

/** What becomes of unfinished work that an earlier process left behind. */
public enum Resume {
  /** It is resumed where there is any; work begins anew where there is none. */
  AUTO,
  /** It is resumed; where there is none, that is an error. */
  REQUIRED,
  /** It is thrown away. */
  NEVER;

  /**
   * "auto", "required" or "never".
   *
   * @throws UsageException for any other name
   */
  public static Resume named(String name) throws UsageException {
    for (Resume each : values()) {
      if (each.toString().equals(name.toLowerCase(Locale.ROOT))) {
        return each;
      }
    }
    throw new UsageException("resume " + name + " is unknown; choose auto, required or never");
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
