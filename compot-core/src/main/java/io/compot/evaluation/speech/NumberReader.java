package io.compot.evaluation.speech;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads words from left to right and gathers those of a number. A number is whole while words add
 * up, and a row of digits once they are strung together.
 */
final class NumberReader {

  private static final Pattern NUMERAL = BasicText.pattern("\\d+(\\.\\d+)?");
  private static final BigInteger THOUSAND = BigInteger.valueOf(1000);
  private static final BigInteger HUNDRED = BigInteger.valueOf(100);

  private final String[] words;
  private final List<String> read = new ArrayList<>();

  /** A sign or currency in front of the number. */
  private @Nullable String prefix;

  /** The number so far, where it is whole. */
  private @Nullable BigInteger whole;

  /** The number so far, where it is a row of digits. */
  private @Nullable String digits;

  NumberReader(String[] words) {
    this.words = words;
  }

  List<String> read() {
    int i = 0;
    while (i < words.length) {
      String next = i + 1 < words.length ? words[i + 1] : null;
      i += word(words[i], i > 0 ? words[i - 1] : "", next) ? 2 : 1;
    }
    flush();
    return read;
  }

  private boolean started() {
    return whole != null || digits != null;
  }

  /** The number as it is written; nothing for none, and for a whole 0. */
  private String row() {
    if (digits != null) {
      return digits;
    }
    return whole == null || whole.signum() == 0 ? "" : whole.toString();
  }

  private void say(String result) {
    read.add(prefix == null ? result : prefix + result);
    prefix = null;
    whole = null;
    digits = null;
  }

  private void flush() {
    if (digits != null) {
      say(digits);
    } else if (whole != null) {
      say(whole.toString());
    }
  }

  private void string(String row) {
    digits = row;
    whole = null;
  }

  private void number(BigInteger value) {
    whole = value;
    digits = null;
  }

  private static boolean numeral(@Nullable String word) {
    return word != null && NUMERAL.matcher(word).matches();
  }

  /** Takes a word; gives whether the next one went with it. */
  private boolean word(String word, String before, @Nullable String next) {
    boolean signed = NumberWords.PREFIXES.indexOf(word.codePointAt(0)) >= 0;
    if (numeral(signed ? word.substring(1) : word)) {
      numeral(word, signed);
      return false;
    }
    if (!NumberWords.any(word)) {
      flush();
      say(word);
      return false;
    }
    BigInteger one = NumberWords.ONES.get(word);
    BigInteger ten = NumberWords.TENS.get(word);
    BigInteger times = NumberWords.MULTIPLIERS.get(word);
    if (NumberWords.ZEROS.contains(word)) {
      string(row() + "0");
    } else if (one != null) {
      one(one, before);
    } else if (NumberWords.ONES_SUFFIXED.containsKey(word)) {
      suffixed(NumberWords.ONES_SUFFIXED, word, each -> one(each, before));
    } else if (ten != null) {
      ten(ten);
    } else if (NumberWords.TENS_SUFFIXED.containsKey(word)) {
      suffixed(NumberWords.TENS_SUFFIXED, word, this::ten);
    } else if (times != null) {
      times(times);
    } else if (NumberWords.MULTIPLIERS_SUFFIXED.containsKey(word)) {
      timesSuffixed(word);
    } else if (NumberWords.BEFORE.containsKey(word)) {
      flush();
      if (NumberWords.any(next) || numeral(next)) {
        prefix = NumberWords.BEFORE.get(word);
      } else {
        say(word);
      }
    } else if (NumberWords.BEHIND.containsKey(word)) {
      behind(word);
    } else if (NumberWords.PER_CENT.contains(word)) {
      return perCent(word, next);
    } else {
      return special(word, before, next);
    }
    return false;
  }

  private void numeral(String word, boolean signed) {
    if (digits != null && digits.endsWith(".")) {
      digits += word;
      return;
    }
    flush();
    String bare = signed ? word.substring(1) : word;
    if (signed) {
      prefix = word.substring(0, 1);
    }
    BigDecimal value = new BigDecimal(bare);
    if (isWhole(value)) {
      number(value.toBigInteger());
    } else {
      string(bare);
    }
  }

  private static boolean isWhole(BigDecimal value) {
    return value.signum() == 0 || value.stripTrailingZeros().scale() <= 0;
  }

  private void one(BigInteger one, String before) {
    boolean small = one.compareTo(BigInteger.TEN) < 0;
    if (!started()) {
      number(one);
    } else if (digits != null || NumberWords.ONES.containsKey(before)) {
      String row = digits != null ? digits : String.valueOf(whole);
      boolean last = NumberWords.TENS.containsKey(before) && small;
      string((last ? row.substring(0, row.length() - 1) : row) + one);
    } else if (whole != null) {
      add(whole, one, small ? BigInteger.TEN : HUNDRED);
    }
  }

  private void ten(BigInteger ten) {
    if (!started()) {
      number(ten);
    } else if (digits != null) {
      string(digits + ten);
    } else if (whole != null) {
      add(whole, ten, HUNDRED);
    }
  }

  /** Adds what has room behind a number, else writes it behind. */
  private void add(BigInteger before, BigInteger value, BigInteger room) {
    if (before.mod(room).signum() == 0) {
      number(before.add(value));
    } else {
      string(before.toString() + value);
    }
  }

  /** A word such as fifth ends its number. */
  private void suffixed(
      Map<String, NumberWords.Suffixed> known, String word, Consumer<BigInteger> add) {
    NumberWords.Suffixed each =
        known.getOrDefault(word, new NumberWords.Suffixed(BigInteger.ZERO, ""));
    add.accept(each.value());
    say((digits != null ? digits : String.valueOf(whole)) + each.suffix());
  }

  private void times(BigInteger times) {
    if (!started()) {
      number(times);
    } else if (digits != null || (whole != null && whole.signum() == 0)) {
      BigDecimal product = product(digits != null ? digits : "0", times);
      if (product != null) {
        number(product.toBigInteger());
      } else {
        flush();
        number(times);
      }
    } else if (whole != null) {
      number(thousands(whole, times));
    }
  }

  private void timesSuffixed(String word) {
    var each =
        NumberWords.MULTIPLIERS_SUFFIXED.getOrDefault(
            word, new NumberWords.Suffixed(BigInteger.ONE, ""));
    if (digits != null) {
      BigDecimal product = product(digits, each.value());
      if (product != null) {
        say(product.toBigInteger() + each.suffix());
      } else {
        flush();
        say(each.value() + each.suffix());
      }
    } else if (whole != null) {
      say(thousands(whole, each.value()) + each.suffix());
    } else {
      say(each.value() + each.suffix());
    }
  }

  /** What is below a thousand is multiplied. */
  private static BigInteger thousands(BigInteger value, BigInteger times) {
    BigInteger rest = value.mod(THOUSAND);
    return value.subtract(rest).add(rest.multiply(times));
  }

  /** Null where the digits are no number, or the product is none that is whole. */
  private static @Nullable BigDecimal product(String row, BigInteger times) {
    try {
      BigDecimal product = new BigDecimal(row).multiply(new BigDecimal(times));
      return isWhole(product) ? product : null;
    } catch (NumberFormatException e) {
      return null;
    }
  }

  private void behind(String word) {
    if (started()) {
      prefix = NumberWords.BEHIND.get(word);
      flush();
    } else {
      say(word);
    }
  }

  private boolean perCent(String word, @Nullable String next) {
    boolean two = word.equals("per");
    if (started() && (!two || "cent".equals(next))) {
      say((digits != null ? digits : String.valueOf(whole)) + "%");
      return two;
    }
    flush();
    say(word);
    return false;
  }

  private boolean special(String word, String before, @Nullable String next) {
    if (!NumberWords.any(next) && !numeral(next)) {
      flush();
      say(word);
      return false;
    }
    switch (word) {
      case "and" -> {
        if (!NumberWords.MULTIPLIERS.containsKey(before)) {
          flush();
          say(word);
        }
      }
      case "point" -> {
        if (NumberWords.decimal(next) || numeral(next)) {
          string(row() + ".");
        }
      }
      default -> {
        BigInteger one = next == null ? null : NumberWords.ONES.get(next);
        if (one == null && (next == null || !NumberWords.ZEROS.contains(next))) {
          flush();
          say(word);
          return false;
        }
        String digit = one == null ? "0" : one.toString();
        string(row() + digit.repeat(word.equals("double") ? 2 : 3));
        return true;
      }
    }
    return false;
  }
}
