package io.compot.comparison;

import io.compot.error.UsageException;
import io.compot.recipe.Methods;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How small a cell's result is to be.
 *
 * @param setting the setting that says so, as compress has it: ratio, bits, size or width
 * @param value as it is written
 */
public record Asked(String setting, String value) {

  /** Fractions of the projections' bits to remove. */
  public static final String RATIO = "ratio";

  /** Bits a weight, with scales and masks. */
  public static final String BITS = "bits";

  /** Bytes of all weight files. */
  public static final String SIZE = "size";

  /** Bits of each code, of methods whose size that is. */
  public static final String WIDTH = "width";

  /** All of them. */
  public static final List<String> SETTINGS = List.of(RATIO, BITS, SIZE, WIDTH);

  public Asked {
    Objects.requireNonNull(setting, "setting");
    value = value.strip();
    if (setting.equals(RATIO) || setting.equals(BITS)) {
      value = plain(value);
    }
  }

  /** A ratio. */
  public static Asked ratio(double ratio) {
    return new Asked(RATIO, Double.toString(ratio));
  }

  /** One way to write each number, so that 0.20 is the 0.2 that was done before. */
  private static String plain(String value) {
    try {
      return Double.toString(Double.parseDouble(value));
    } catch (NumberFormatException _) {
      return value; // refused by the setting itself
    }
  }

  /** The ratio; 0 where something else is asked. */
  double ratio() {
    return setting.equals(RATIO) ? Double.parseDouble(value) : 0;
  }

  /**
   * What is asked of a method: all, but widths of a method whose size they are not, as of one that
   * makes factors, and ratios of one that is asked for widths.
   *
   * @throws UsageException where there is no such method
   */
  static List<Asked> of(String method, List<Asked> all) throws UsageException {
    boolean wide = isSize(method);
    boolean widths = wide && all.stream().anyMatch(each -> each.setting().equals(WIDTH));
    return all.stream()
        .filter(
            each -> each.setting().equals(WIDTH) ? wide : !(widths && each.setting().equals(RATIO)))
        .toList();
  }

  /**
   * Whether a method's width says how large a result is.
   *
   * @throws UsageException where there is no such method
   */
  static boolean isSize(String method) throws UsageException {
    return Methods.named(method).find(WIDTH).isPresent()
        && Methods.of(method, Map.of(WIDTH, "4")).sizesItself();
  }

  @Override
  public String toString() {
    return setting + " " + value;
  }
}
