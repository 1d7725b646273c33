package io.compot.evaluation.speech;

import java.math.BigInteger;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** English words of numbers, as Whisper's normaliser knows them. */
final class NumberWords {

  /** A number with the end that it keeps: of 20s, 5th. */
  record Suffixed(BigInteger value, String suffix) {}

  static final Set<String> ZEROS = Set.of("o", "oh", "zero");
  static final Map<String, BigInteger> ONES = new LinkedHashMap<>();
  static final Map<String, Suffixed> ONES_SUFFIXED = new HashMap<>();
  static final Map<String, BigInteger> TENS = new LinkedHashMap<>();
  static final Map<String, Suffixed> TENS_SUFFIXED = new HashMap<>();
  static final Map<String, BigInteger> MULTIPLIERS = new LinkedHashMap<>();
  static final Map<String, Suffixed> MULTIPLIERS_SUFFIXED = new HashMap<>();
  static final Map<String, String> BEFORE =
      Map.of("minus", "-", "negative", "-", "plus", "+", "positive", "+");
  static final Map<String, String> BEHIND =
      Map.of(
          "pound", "£", "pounds", "£", "euro", "€", "euros", "€", "dollar", "$", "dollars", "$",
          "cent", "¢", "cents", "¢");
  static final Set<String> PER_CENT = Set.of("per", "percent");
  static final Set<String> SPECIALS = Set.of("and", "double", "triple", "point");
  static final String PREFIXES = "-+£€$¢";

  private static final Set<String> ALL = new HashSet<>();

  static {
    String[] ones =
        ("one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
                + " fifteen sixteen seventeen eighteen nineteen")
            .split(" ");
    for (int i = 0; i < ones.length; i++) {
      BigInteger value = BigInteger.valueOf(i + 1L);
      String name = ones[i];
      ONES.put(name, value);
      ONES_SUFFIXED.put(name.equals("six") ? "sixes" : name + "s", new Suffixed(value, "s"));
      if (i + 1 > 3 && i + 1 != 5 && i + 1 != 12) {
        ONES_SUFFIXED.put(name + (name.endsWith("t") ? "h" : "th"), new Suffixed(value, "th"));
      }
    }
    ordinal("zeroth", 0, "th");
    ordinal("first", 1, "st");
    ordinal("second", 2, "nd");
    ordinal("third", 3, "rd");
    ordinal("fifth", 5, "th");
    ordinal("twelfth", 12, "th");
    String[] tens = "twenty thirty forty fifty sixty seventy eighty ninety".split(" ");
    for (int i = 0; i < tens.length; i++) {
      BigInteger value = BigInteger.valueOf(10L * (i + 2));
      TENS.put(tens[i], value);
      TENS_SUFFIXED.put(tens[i].replace("y", "ies"), new Suffixed(value, "s"));
      TENS_SUFFIXED.put(tens[i].replace("y", "ieth"), new Suffixed(value, "th"));
    }
    multiplier("hundred", 2);
    String[] thousands =
        ("thousand million billion trillion quadrillion quintillion sextillion septillion"
                + " octillion nonillion decillion")
            .split(" ");
    for (int i = 0; i < thousands.length; i++) {
      multiplier(thousands[i], 3 * (i + 1));
    }
    ALL.addAll(ZEROS);
    ALL.addAll(ONES.keySet());
    ALL.addAll(ONES_SUFFIXED.keySet());
    ALL.addAll(TENS.keySet());
    ALL.addAll(TENS_SUFFIXED.keySet());
    ALL.addAll(MULTIPLIERS.keySet());
    ALL.addAll(MULTIPLIERS_SUFFIXED.keySet());
    ALL.addAll(BEFORE.keySet());
    ALL.addAll(BEHIND.keySet());
    ALL.addAll(PER_CENT);
    ALL.addAll(SPECIALS);
  }

  private NumberWords() {}

  private static void ordinal(String name, long value, String suffix) {
    ONES_SUFFIXED.put(name, new Suffixed(BigInteger.valueOf(value), suffix));
  }

  private static void multiplier(String name, int zeros) {
    BigInteger value = BigInteger.TEN.pow(zeros);
    MULTIPLIERS.put(name, value);
    MULTIPLIERS_SUFFIXED.put(name + "s", new Suffixed(value, "s"));
    MULTIPLIERS_SUFFIXED.put(name + "th", new Suffixed(value, "th"));
  }

  /** Whether a word may belong to a number. */
  static boolean any(@Nullable String word) {
    return word != null && ALL.contains(word);
  }

  /** Whether digits behind a point may be said so. */
  static boolean decimal(@Nullable String word) {
    return word != null
        && (ONES.containsKey(word) || TENS.containsKey(word) || ZEROS.contains(word));
  }
}
