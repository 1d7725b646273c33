package io.compot.evaluation.vision;

import io.compot.text.PythonSpace;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Answers to MMMU's open questions, read and judged as its authors do ({@code eval_utils.py}): what
 * stands behind words such as "is" and "therefore", and all numbers in it. Numbers are doubles,
 * everything else is text.
 */
final class OpenAnswer {

  private static final List<String> KEYS =
      List.of("could be ", "so ", "is ", "thus ", "therefore ", "final ", "answer ", "result ");
  private static final Set<String> TRIVIAL = Set.of(":", ",", ".", "!", "?", ";", "'");
  private static final List<Pattern> NUMBERS =
      List.of(
          number("-?\\b\\d{1,3}(?:,\\d{3})+\\b"),
          number("-?\\d+(?:\\.\\d+)?[eE][+-]?\\d+"),
          number("-?(?:\\d+\\.\\d+|\\.\\d+|\\d+\\b)(?![eE][+-]?\\d+)(?![,\\d])"));
  private static final Pattern FLOAT =
      Pattern.compile(
          "[+-]?(?:(?:\\d+(?:_\\d+)*)(?:\\.(?:\\d+(?:_\\d+)*)?)?|\\.\\d+(?:_\\d+)*)"
              + "(?:[eE][+-]?\\d+(?:_\\d+)*)?");
  private static final Pattern SPECIAL =
      Pattern.compile("([+-]?)(inf|infinity|nan)", Pattern.CASE_INSENSITIVE);

  private OpenAnswer() {}

  private static Pattern number(String pattern) {
    return Pattern.compile(pattern, Pattern.UNICODE_CHARACTER_CLASS);
  }

  /** What an answer may mean: {@code parse_open_response}. */
  static Set<Object> parse(String response) {
    Set<Object> parsed = new LinkedHashSet<>();
    List<String> parts = parts(response);
    List<String> all = new ArrayList<>(parts);
    for (String part : parts) {
      for (Pattern pattern : NUMBERS) {
        pattern.matcher(part).results().forEach(match -> all.add(match.group()));
      }
    }
    all.forEach(each -> parsed.addAll(normalised(each)));
    return parsed;
  }

  private static List<String> parts(String response) {
    String whole = McqAnswer.strip(PythonSpace.strip(response), '.').toLowerCase(Locale.ROOT);
    String[] lines = whole.split("\n", -1);
    List<String> keys = new ArrayList<>(KEYS);
    List<String> parts = new ArrayList<>();
    for (int i = 0; i < lines.length; i++) {
      if (i == lines.length - 1) {
        keys.add("=");
      }
      String shortest = "";
      for (String key : keys) {
        int at = lines[i].lastIndexOf(key);
        if (at >= 0) {
          String tail = PythonSpace.strip(lines[i].substring(at + key.length()));
          if (shortest.isEmpty() || length(tail) < length(shortest)) {
            shortest = tail;
          }
        }
      }
      if (!shortest.isEmpty() && !TRIVIAL.contains(shortest)) {
        parts.add(shortest);
      }
    }
    return parts.isEmpty() ? List.of(whole) : parts;
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /** {@code normalize_str}: a number rounded to two places, or a text in lower case. */
  private static List<Object> normalised(String given) {
    String text = PythonSpace.strip(given);
    OptionalDouble number = number(text, true);
    if (number.isPresent()) {
      return List.of(rounded(number.getAsDouble()));
    }
    String lower = text.toLowerCase(Locale.ROOT);
    return length(lower) == 1 ? List.of(" " + lower, lower + " ") : List.of(lower);
  }

  private static double rounded(double number) {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      return number;
    }
    return new BigDecimal(number).setScale(2, RoundingMode.HALF_EVEN).doubleValue();
  }

  /** Python's {@code float()} of a text, whose digits may be of any script. */
  private static OptionalDouble number(String given, boolean commas) {
    String text = PythonSpace.strip(commas ? given.replace(",", "") : given);
    var plain = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          int digit = Character.isDigit(c) ? Character.digit(c, 10) : -1;
          plain.appendCodePoint(digit < 0 ? c : '0' + digit);
        });
    var special = SPECIAL.matcher(plain);
    if (special.matches()) {
      if (special.group(2).equalsIgnoreCase("nan")) {
        return OptionalDouble.of(Double.NaN);
      }
      return OptionalDouble.of(
          special.group(1).equals("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
    }
    return FLOAT.matcher(plain).matches()
        ? OptionalDouble.of(Double.parseDouble(plain.toString().replace("_", "")))
        : OptionalDouble.empty();
  }

  /** Whether an answer is right: {@code eval_open}. */
  static boolean right(Set<Object> parsed, List<String> gold) {
    List<Object> answers = new ArrayList<>();
    gold.forEach(each -> answers.addAll(normalised(each)));
    for (Object said : parsed) {
      for (Object answer : answers) {
        boolean same =
            said instanceof String text
                ? answer instanceof String part && text.contains(part)
                : said instanceof Double number
                    && answer instanceof Double wanted
                    && number.doubleValue() == wanted.doubleValue();
        if (same) {
          return true;
        }
      }
    }
    return false;
  }
}
