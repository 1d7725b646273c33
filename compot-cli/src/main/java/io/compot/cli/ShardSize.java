package io.compot.cli;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** "5GB", "500MB" or a number of bytes. */
final class ShardSize implements ITypeConverter<Long> {

  private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([kmg]?b?)");
  private static final Map<Character, Long> UNITS =
      Map.of('k', 1_000L, 'm', 1_000_000L, 'g', 1_000_000_000L);

  @Override
  public Long convert(String value) {
    Matcher matcher = FORM.matcher(value.toLowerCase(Locale.ROOT).strip());
    if (matcher.matches()) {
      String unit = matcher.group(2);
      long factor = unit.isEmpty() ? 1 : UNITS.getOrDefault(unit.charAt(0), 1L);
      BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(BigDecimal.valueOf(factor));
      if (bytes.signum() > 0 && bytes.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) < 0) {
        return bytes.longValue();
      }
    }
    throw new TypeConversionException("'" + value + "' is no size such as 5GB or 500MB");
  }
}
