package io.compot.evaluation.speech;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Whisper's basic normaliser, and what its English one shares with it. */
final class BasicText {

  private static final int FLAGS = Pattern.UNICODE_CHARACTER_CLASS | Pattern.UNIX_LINES;
  private static final Pattern BRACKETS = Pattern.compile("[<\\[][^>\\]]*[>\\]]");
  private static final Pattern PARENTHESES = Pattern.compile("\\(([^)]+?)\\)");

  /** What Python takes for white space. */
  static final String SPACE = "[\\s\\x1c-\\x1f]";

  private static final Pattern SPACES = pattern(SPACE + "+");
  private static final Pattern LETTER = Pattern.compile("\\X");

  /** Letters that decomposition leaves whole. */
  private static final Map<Integer, String> WHOLE =
      Map.ofEntries(
          Map.entry((int) 'œ', "oe"),
          Map.entry((int) 'Œ', "OE"),
          Map.entry((int) 'ø', "o"),
          Map.entry((int) 'Ø', "O"),
          Map.entry((int) 'æ', "ae"),
          Map.entry((int) 'Æ', "AE"),
          Map.entry((int) 'ß', "ss"),
          Map.entry((int) 'ẞ', "SS"),
          Map.entry((int) 'đ', "d"),
          Map.entry((int) 'Đ', "D"),
          Map.entry((int) 'ð', "d"),
          Map.entry((int) 'Ð', "D"),
          Map.entry((int) 'þ', "th"),
          Map.entry((int) 'Þ', "th"),
          Map.entry((int) 'ł', "l"),
          Map.entry((int) 'Ł', "L"));

  private BasicText() {}

  /** A pattern whose classes are Unicode's, as Python's are. */
  static Pattern pattern(String expression) {
    return Pattern.compile(expression, FLAGS);
  }

  /**
   * The normaliser for any language.
   *
   * @param plain whether accents go
   * @param letters whether letters are words, for languages that put no spaces between words
   */
  static String normalise(String text, boolean plain, boolean letters) {
    String kept = withoutBrackets(text.toLowerCase(Locale.ROOT));
    String clean =
        (plain ? withoutAccents(kept, "") : withoutSymbols(kept)).toLowerCase(Locale.ROOT);
    if (letters) {
      clean =
          LETTER
              .matcher(clean)
              .results()
              .map(each -> each.group())
              .collect(Collectors.joining(" "));
    }
    return oneSpace(clean);
  }

  /** Without what stands in brackets of any kind. */
  static String withoutBrackets(String text) {
    return PARENTHESES.matcher(BRACKETS.matcher(text).replaceAll("")).replaceAll("");
  }

  static String oneSpace(String text) {
    return SPACES.matcher(text).replaceAll(" ");
  }

  private static String withoutSymbols(String text) {
    var clean = new StringBuilder();
    Normalizer.normalize(text, Normalizer.Form.NFKC)
        .codePoints()
        .forEach(c -> clean.appendCodePoint(symbol(c) ? ' ' : c));
    return clean.toString();
  }

  /** Without accents, and with spaces for symbols other than some. */
  static String withoutAccents(String text, String kept) {
    var clean = new StringBuilder();
    Normalizer.normalize(text, Normalizer.Form.NFKD)
        .codePoints()
        .forEach(c -> {
          String whole = WHOLE.get(c);
          if (kept.indexOf(c) >= 0) {
            clean.appendCodePoint(c);
          } else if (whole != null) {
            clean.append(whole);
          } else if (Character.getType(c) != Character.NON_SPACING_MARK) {
            clean.appendCodePoint(symbol(c) ? ' ' : c);
          }
        });
    return clean.toString();
  }

  /** Marks, symbols and punctuation. */
  private static boolean symbol(int c) {
    return switch (Character.getType(c)) {
      case Character.NON_SPACING_MARK,
          Character.COMBINING_SPACING_MARK,
          Character.ENCLOSING_MARK,
          Character.MATH_SYMBOL,
          Character.CURRENCY_SYMBOL,
          Character.MODIFIER_SYMBOL,
          Character.OTHER_SYMBOL,
          Character.CONNECTOR_PUNCTUATION,
          Character.DASH_PUNCTUATION,
          Character.START_PUNCTUATION,
          Character.END_PUNCTUATION,
          Character.INITIAL_QUOTE_PUNCTUATION,
          Character.FINAL_QUOTE_PUNCTUATION,
          Character.OTHER_PUNCTUATION ->
          true;
      default -> false;
    };
  }
}
