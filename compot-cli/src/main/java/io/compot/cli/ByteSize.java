package io.compot.cli;

import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** "5GB" (powers of 1000), "1GiB" (powers of 1024) or a number of bytes. */
final class ByteSize implements ITypeConverter<Long> {

  private static final Pattern FORM =
      Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([kmg]?)((?<=[kmg])i)?b?");
  private static final List<String> UNITS = List.of("", "k", "m", "g");

  @Override
  public Long convert(String value) {
    Matcher matcher = FORM.matcher(value.toLowerCase(Locale.ROOT).strip());
    if (matcher.matches()) {
      boolean binary = matcher.group(3) != null;
      BigDecimal step = BigDecimal.valueOf(binary ? 1024 : 1000);
      BigDecimal bytes =
          new BigDecimal(matcher.group(1)).multiply(step.pow(UNITS.indexOf(matcher.group(2))));
      if (bytes.compareTo(BigDecimal.ONE) >= 0
          && bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) < 0) {
        return bytes.longValue();
      }
    }
    throw new TypeConversionException("'" + value + "' is no size such as 5GB or 500MB");
  }
}
