package io.compot.setting;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How the value of a setting is written and read. What is read is within bounds: nobody behind it
 * has to ask again.
 *
 * @param <T> type of the value
 */
public interface Kind<T> {

  /** The word for a value that is left to somebody else's choice. */
  String AUTO = "auto";

  /**
   * Reads a value.
   *
   * @throws Refused saying what was expected
   */
  T parse(String written) throws Refused;

  /** Writes a value so that {@link #parse} reads the same one. */
  String write(T value);

  /** The value as JSON has it: a number, true or false, or a text. */
  default Object plain(T value) {
    return write(value);
  }

  /** What may be written, in a few words: "a number of at least 1". */
  String expected();

  /** What stands for the value in help. */
  String label();

  /** Whether what is written can hold no words of the user: numbers, names of this project. */
  default boolean impersonal() {
    return true;
  }

  /** Whether the value is the path of a file. */
  default boolean namesFile() {
    return false;
  }

  /**
   * A number.
   *
   * @param bounds that it lies within
   */
  record Real(Bounds bounds) implements Kind<Double> {

    /** Up to here whole numbers are written as such. */
    private static final double WHOLE = 1e15;

    /**
     * An interval.
     *
     * @param openFrom whether its lower end is outside
     * @param openTo whether its upper end is outside
     * @param words for people
     */
    public record Bounds(double from, boolean openFrom, double to, boolean openTo, String words) {

      boolean hold(double x) {
        boolean above = openFrom ? x > from : x >= from;
        boolean below = openTo ? x < to : x <= to;
        return above && below;
      }
    }

    /** From a number on, which is within. */
    public static Real atLeast(double from, String words) {
      return new Real(new Bounds(from, false, Double.MAX_VALUE, false, words));
    }

    /** Between two numbers, which are both within. */
    public static Real within(double from, double to, String words) {
      return new Real(new Bounds(from, false, to, false, words));
    }

    @Override
    public Double parse(String written) throws Refused {
      double x;
      try {
        x = Double.parseDouble(written.strip());
      } catch (NumberFormatException _) {
        throw new Refused(expected());
      }
      // Java reads 1d and 0x1p3 as numbers, too; nobody means them.
      if (!bounds.hold(x) || written.strip().matches(".*[dDfFxXpP].*")) {
        throw new Refused(expected());
      }
      return x;
    }

    @Override
    public String write(Double value) {
      boolean whole = value == Math.rint(value) && Math.abs(value) < WHOLE;
      return whole ? Long.toString(value.longValue()) : value.toString();
    }

    @Override
    public Object plain(Double value) {
      return value;
    }

    @Override
    public String expected() {
      return bounds.words();
    }

    @Override
    public String label() {
      return "X";
    }
  }

  /**
   * A whole number.
   *
   * @param least the smallest
   * @param most the largest
   */
  record Whole(int least, int most) implements Kind<Integer> {

    /** From a number on. */
    public Whole(int least) {
      this(least, Integer.MAX_VALUE);
    }

    @Override
    public Integer parse(String written) throws Refused {
      try {
        int found = Integer.parseInt(written.strip());
        if (found >= least && found <= most) {
          return found;
        }
      } catch (NumberFormatException _) {
        // Refused below, as what is too small.
      }
      throw new Refused(expected());
    }

    @Override
    public String write(Integer value) {
      return value.toString();
    }

    @Override
    public Object plain(Integer value) {
      return value;
    }

    @Override
    public String expected() {
      return most == Integer.MAX_VALUE
          ? "a whole number of at least " + least
          : "a whole number from %d to %d".formatted(least, most);
    }

    @Override
    public String label() {
      return "N";
    }
  }

  /** One of the names of an enum, in lower case with hyphens. */
  record Choice<E extends Enum<E>>(Class<E> type) implements Kind<E> {

    @Override
    public E parse(String written) throws Refused {
      for (E each : type.getEnumConstants()) {
        if (write(each).equals(written.strip())) {
          return each;
        }
      }
      throw new Refused(expected());
    }

    @Override
    public String write(E value) {
      return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** All names. */
    public List<String> names() {
      return Arrays.stream(type.getEnumConstants()).map(this::write).toList();
    }

    @Override
    public String expected() {
      return "one of " + String.join(", ", names());
    }

    @Override
    public String label() {
      return "NAME";
    }
  }

  /** A value of another kind, or none, written auto. */
  record Auto<T>(Kind<T> kind) implements Kind<Optional<T>> {

    @Override
    public Optional<T> parse(String written) throws Refused {
      try {
        return written.strip().equals(AUTO) ? Optional.empty() : Optional.of(kind.parse(written));
      } catch (Refused _) {
        throw new Refused(expected());
      }
    }

    @Override
    public String write(Optional<T> value) {
      return value.map(kind::write).orElse(AUTO);
    }

    @Override
    public Object plain(Optional<T> value) {
      return value.map(kind::plain).orElse(AUTO);
    }

    @Override
    public String expected() {
      return kind.expected() + ", or " + AUTO;
    }

    @Override
    public String label() {
      return kind.label();
    }

    @Override
    public boolean impersonal() {
      return kind.impersonal();
    }

    @Override
    public boolean namesFile() {
      return kind.namesFile();
    }
  }
}
