package io.compot.chat.jinja;

import io.compot.text.PythonSpace;
import java.util.Locale;
import java.util.function.IntPredicate;

/**
 * Upper and lower case, and what kind of characters a text has, as Python's {@code str} sees it.
 */
final class Letters {

  private Letters() {}

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = Character.charCount(text.codePointAt(0));
    return titleCase(text.codePointAt(0)) + text.substring(first).toLowerCase(Locale.ROOT);
  }

  /** A word begins behind whatever has no case. */
  static String title(String text) {
    var out = new StringBuilder();
    boolean inWord = false;
    for (int c : text.codePoints().toArray()) {
      out.append(inWord ? Character.toString(c).toLowerCase(Locale.ROOT) : titleCase(c));
      inWord = isCased(c);
    }
    return out.toString();
  }

  static String swapcase(String text) {
    var out = new StringBuilder();
    for (int c : text.codePoints().toArray()) {
      String one = Character.toString(c);
      out.append(
          Character.isUpperCase(c)
              ? one.toLowerCase(Locale.ROOT)
              : Character.isLowerCase(c) ? one.toUpperCase(Locale.ROOT) : one);
    }
    return out.toString();
  }

  static String casefold(String text) {
    return text.toUpperCase(Locale.ROOT).toLowerCase(Locale.ROOT);
  }

  private static String titleCase(int c) {
    String upper = Character.toString(c).toUpperCase(Locale.ROOT);
    if (Character.toTitleCase(c) != c || upper.codePointCount(0, upper.length()) == 1) {
      return Character.toString(Character.toTitleCase(c));
    }
    int first = 0; // of several letters the first is large: ß becomes Ss
    while (first < upper.length() && !isCased(upper.codePointAt(first))) {
      first = upper.offsetByCodePoints(first, 1);
    }
    int rest = first < upper.length() ? upper.offsetByCodePoints(first, 1) : first;
    return upper.substring(0, rest) + upper.substring(rest).toLowerCase(Locale.ROOT);
  }

  private static boolean isCased(int c) {
    return Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
  }

  /** {@code isdigit} and so on. */
  static boolean is(String method, String text) {
    return switch (method) {
      case "isascii" -> all(text, c -> c < 128);
      case "isprintable" -> all(text, Repr::printable);
      case "isspace" -> some(text, PythonSpace::is);
      case "isdecimal" -> some(text, Character::isDigit);
      case "isdigit" -> some(text, c -> Character.isDigit(c) || isOtherDigit(c));
      case "isnumeric" -> some(text, Letters::isNumeric);
      case "isalpha" -> some(text, Character::isLetter);
      case "isalnum" -> some(text, c -> Character.isLetter(c) || isNumeric(c));
      case "islower" ->
          text.codePoints().anyMatch(Character::isLowerCase)
              && all(text, c -> !Character.isUpperCase(c) && !Character.isTitleCase(c));
      case "isupper" ->
          text.codePoints().anyMatch(Character::isUpperCase)
              && all(text, c -> !Character.isLowerCase(c) && !Character.isTitleCase(c));
      case "istitle" -> text.codePoints().anyMatch(Letters::isCased) && text.equals(title(text));
      case "isidentifier" ->
          !text.isEmpty()
              && (text.charAt(0) == '_' || Character.isUnicodeIdentifierStart(text.codePointAt(0)))
              && all(text, Character::isUnicodeIdentifierPart);
      default -> throw new IllegalArgumentException(method);
    };
  }

  private static boolean isNumeric(int c) {
    int type = Character.getType(c);
    return type == Character.DECIMAL_DIGIT_NUMBER
        || type == Character.LETTER_NUMBER
        || type == Character.OTHER_NUMBER;
  }

  /** Superscripts, circled digits and their like: digits that are no decimals. */
  @SuppressWarnings("CharacterGetNumericValue") // no letters come here
  private static boolean isOtherDigit(int c) {
    return Character.getType(c) == Character.OTHER_NUMBER
        && Character.getNumericValue(c) >= 0
        && Character.getNumericValue(c) <= 9;
  }

  private static boolean all(String text, IntPredicate what) {
    return text.codePoints().allMatch(what);
  }

  private static boolean some(String text, IntPredicate what) {
    return !text.isEmpty() && all(text, what);
  }
}
