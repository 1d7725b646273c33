package io.compot.evaluation.vision;

import io.compot.text.PythonSpace;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * Which letter an answer chooses: {@code extract_mcq_answer} of lmms-eval, oddities included. Every
 * way in which a letter may stand in the answer is a candidate; the one of the highest rank wins,
 * and among those the last.
 */
final class McqAnswer {

  private static final List<String> TRIMMED = List.of(",", ".", "!", "?", ";", ":", "'", "\"");

  private static final List<String> PHRASES =
      List.of(
          "the answer is",
          "answer is",
          "the correct answer is",
          "correct answer is",
          "the best answer is",
          "best answer is",
          "the correct option is",
          "correct option is",
          "the best option is",
          "best option is",
          "the choice is",
          "choice is",
          "the correct choice is",
          "correct choice is",
          "i choose",
          "i select",
          "i pick",
          "my answer is",
          "my choice is",
          "옵션",
          "정답은",
          "답은",
          "답:",
          "答案是",
          "答案为",
          "选",
          "答えは");

  private static final int START = 10;
  private static final int END = 9;
  private static final int PHRASE = 7;

  private McqAnswer() {}

  /** A letter where it stands. */
  private record Candidate(String letter, int place, int rank) {}

  /** A way in which a letter may stand. */
  private record Form(String before, String after, int rank) {}

  private static final List<Form> FORMS =
      List.of(
          new Form("(", ")", 6),
          new Form("", ".", 5),
          new Form("", ":", 4),
          new Form("", ")", 3),
          new Form("", " ", 2));

  /**
   * The letter.
   *
   * @param letters that can be chosen, one character each
   * @return empty where there is none
   */
  static String extract(String response, List<String> letters) {
    String trimmed = PythonSpace.strip(response);
    if (trimmed.isEmpty()) {
      return "";
    }
    for (String mark : TRIMMED) {
      trimmed = strip(trimmed, mark.charAt(0));
    }
    String text = " " + trimmed + " ";
    List<Candidate> found = new ArrayList<>();
    for (Form form : FORMS) {
      for (String letter : letters) {
        int at = text.lastIndexOf(form.before + letter + form.after);
        if (at >= 0) {
          found.add(new Candidate(letter, at, form.rank));
        }
      }
    }
    phrases(text, letters, found);
    ends(PythonSpace.strip(text), letters, found);
    if (found.isEmpty()) {
      for (String letter : letters) {
        int at = text.lastIndexOf(letter);
        if (at >= 0) {
          found.add(new Candidate(letter, at, 0));
        }
      }
    }
    // Sorting is stable, so of equals the first that was found stays first.
    found.sort(
        Comparator.comparingInt(Candidate::rank).thenComparingInt(Candidate::place).reversed());
    return found.isEmpty() ? "" : found.getFirst().letter();
  }

  private static void phrases(String text, List<String> letters, List<Candidate> found) {
    String lower = text.toLowerCase(Locale.ROOT);
    for (String phrase : PHRASES) {
      int at = lower.indexOf(phrase);
      if (at >= 0) {
        for (String letter : letters) {
          int place = text.indexOf(letter, at + phrase.length());
          if (place >= 0) {
            found.add(new Candidate(letter, place, PHRASE));
          }
        }
      }
    }
  }

  private static void ends(String text, List<String> letters, List<Candidate> found) {
    for (String letter : letters) {
      if (text.startsWith(letter)
          && (text.length() == letter.length()
              || !Character.isLetter(text.codePointAt(letter.length())))) {
        found.add(new Candidate(letter, 0, START));
      }
    }
    for (String letter : letters) {
      int before = text.length() - letter.length();
      if (text.endsWith(letter)
          && (before == 0 || !Character.isLetter(text.codePointBefore(before)))) {
        found.add(new Candidate(letter, text.length() - 1, END));
      }
    }
  }

  /** Takes a character from both ends, as often as it stands there. */
  static String strip(String text, char mark) {
    int from = 0;
    int to = text.length();
    while (from < to && text.charAt(from) == mark) {
      from++;
    }
    while (to > from && text.charAt(to - 1) == mark) {
      to--;
    }
    return text.substring(from, to);
  }
}
