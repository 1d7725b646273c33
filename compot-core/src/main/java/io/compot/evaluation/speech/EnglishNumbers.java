package io.compot.evaluation.speech;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Numbers that are spelled out become digits, as Whisper's normaliser writes them: commas go,
 * suffixes stay (1960s, 32nd), currencies and signs come first, digits said one by one are one
 * number, and a lone 1 is a word again.
 */
final class EnglishNumbers {

  private static final Pattern AND_A_HALF =
      BasicText.pattern("\\band" + BasicText.SPACE + "+a" + BasicText.SPACE + "+half\\b");
  private static final Pattern LETTER_DIGIT = Pattern.compile("([a-z])([0-9])");
  private static final Pattern DIGIT_LETTER = Pattern.compile("([0-9])([a-z])");
  private static final Pattern SUFFIX =
      BasicText.pattern("([0-9])" + BasicText.SPACE + "+(st|nd|rd|th|s)\\b");
  private static final Pattern AND_CENTS =
      BasicText.pattern("([€£$])([0-9]+) (?:and )?¢([0-9]{1,2})\\b");
  private static final Pattern CENTS = BasicText.pattern("[€£$]0.([0-9]{1,2})\\b");
  private static final Pattern ONE = BasicText.pattern("\\b1(s?)\\b");
  private static final Pattern SPACES = BasicText.pattern(BasicText.SPACE + "+");

  private EnglishNumbers() {}

  /** Between white space. */
  static String[] words(String text) {
    return Arrays.stream(SPACES.split(text)).filter(word -> !word.isEmpty()).toArray(String[]::new);
  }

  static String normalise(String text) {
    String[] words = words(before(text));
    return after(String.join(" ", new NumberReader(words).read()));
  }

  private static String before(String text) {
    String[] parts = AND_A_HALF.split(text, -1);
    List<String> results = new ArrayList<>();
    for (int i = 0; i < parts.length; i++) {
      String[] words = words(parts[i]);
      if (words.length > 0) {
        results.add(parts[i]);
        if (i < parts.length - 1) {
          String last = words[words.length - 1];
          boolean number = NumberWords.decimal(last) || NumberWords.MULTIPLIERS.containsKey(last);
          results.add(number ? "point five" : "and a half");
        }
      }
    }
    String joined = String.join(" ", results);
    joined = LETTER_DIGIT.matcher(joined).replaceAll("$1 $2");
    joined = DIGIT_LETTER.matcher(joined).replaceAll("$1 $2");
    return SUFFIX.matcher(joined).replaceAll("$1$2");
  }

  private static String after(String text) {
    String whole =
        AND_CENTS
            .matcher(text)
            .replaceAll(found ->
                "\\%s%s.%02d"
                    .formatted(found.group(1), found.group(2), Integer.parseInt(found.group(3))));
    String cents = CENTS.matcher(whole).replaceAll(found -> "¢" + Integer.parseInt(found.group(1)));
    return ONE.matcher(cents).replaceAll("one$1");
  }
}
