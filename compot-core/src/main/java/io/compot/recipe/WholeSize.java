package io.compot.recipe;

import io.compot.setting.Kind;
import io.compot.setting.Refused;
import java.util.OptionalLong;

/** The size of a result: bytes, or a percentage of the source's. */
record WholeSize() implements Kind<Budget> {

  private static final String PERCENT = "%";
  private static final Kind.Real PART =
      new Kind.Real(new Kind.Real.Bounds(0, true, 100, true, "a percentage between 0 and 100"));

  @Override
  public Budget parse(String written) throws Refused {
    String text = written.strip();
    if (text.endsWith(PERCENT)) {
      try {
        return new Budget.FilePart(
            PART.parse(text.substring(0, text.length() - PERCENT.length())) / 100);
      } catch (Refused _) {
        throw new Refused(expected());
      }
    }
    OptionalLong bytes = Bytes.parse(text);
    return new Budget.FileSize(bytes.orElseThrow(() -> new Refused(expected())));
  }

  @Override
  public String write(Budget value) {
    return switch (value) {
      case Budget.FilePart(double part) -> PART.write(Math.rint(part * 1e12) / 1e10) + PERCENT;
      case Budget.FileSize(long bytes) -> Long.toString(bytes);
      default -> throw new IllegalArgumentException(value + " is no size of files");
    };
  }

  @Override
  public Object plain(Budget value) {
    return value instanceof Budget.FileSize(long bytes) ? (Object) bytes : write(value);
  }

  @Override
  public String expected() {
    return "a size such as 90MB, or a percentage of the source's such as 35%";
  }

  @Override
  public String label() {
    return "SIZE";
  }
}
