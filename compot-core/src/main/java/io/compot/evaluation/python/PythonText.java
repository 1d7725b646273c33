package io.compot.evaluation.python;

import io.compot.text.PythonSpace;
import java.util.Locale;

/** String operations with Python's idea of letters and of words. */
public final class PythonText {

  private PythonText() {}

  /** {@code text.capitalize()}: the first character in title case, the others in lower case. */
  public static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.codePointAt(0);
    int rest = Character.charCount(first);
    return titleCase(first) + text.substring(rest).toLowerCase(Locale.ROOT);
  }

  private static String titleCase(int c) {
    String upper = Character.toString(c).toUpperCase(Locale.ROOT);
    if (upper.codePointCount(0, upper.length()) == 1) {
      return Character.toString(Character.toTitleCase(c));
    }
    // Expansions such as ß to Ss.
    int first = upper.codePointAt(0);
    return Character.toString(first)
        + upper.substring(Character.charCount(first)).toLowerCase(Locale.ROOT);
  }

  /** {@code len(re.split(r"\s+", text))}. */
  public static int words(String text) {
    int words = 1;
    for (int i = 0; i < text.length(); i++) {
      if (PythonSpace.is(text.charAt(i)) && (i == 0 || !PythonSpace.is(text.charAt(i - 1)))) {
        words++;
      }
    }
    return words;
  }

  /** {@code len(text)}: code points. */
  public static int length(String text) {
    return text.codePointCount(0, text.length());
  }
}
