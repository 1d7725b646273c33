package io.compot.recipe;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: "5GB" (powers of 1000), "1GiB" (powers of 1024) or a number. */
public final class Bytes {

  private static final Pattern FORM =
      Pattern.compile("(\\d{1,30}(?:\\.\\d{1,30})?)\\s*([kmg]?)((?<=[kmg])i)?b?");
  private static final List<String> UNITS = List.of("", "k", "m", "g");

  private Bytes() {}

  /** The bytes, at least 1; empty where the text is no such size. */
  public static OptionalLong parse(String text) {
    Matcher matcher = FORM.matcher(text.toLowerCase(Locale.ROOT).strip());
    if (matcher.matches()) {
      boolean binary = matcher.group(3) != null;
      BigDecimal step = BigDecimal.valueOf(binary ? 1024 : 1000);
      BigDecimal bytes =
          new BigDecimal(matcher.group(1)).multiply(step.pow(UNITS.indexOf(matcher.group(2))));
      if (bytes.compareTo(BigDecimal.ONE) >= 0
          && bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) < 0) {
        return OptionalLong.of(bytes.longValue());
      }
    }
    return OptionalLong.empty();
  }
}
