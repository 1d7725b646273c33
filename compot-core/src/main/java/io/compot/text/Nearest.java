package io.compot.text;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that somebody may have meant. */
public final class Nearest {

  private Nearest() {}

  /**
   * The name that the fewest changed letters turn the word into.
   *
   * @return empty where even that would change more than a third of the word, or two letters of a
   *     short one
   */
  public static Optional<String> of(String word, Collection<String> names) {
    return names.stream()
        .min(Comparator.comparingInt(name -> distance(word, name)))
        .filter(name -> distance(word, name) <= Math.max(2, word.length() / 3))
        .filter(name -> distance(word, name) < Math.max(word.length(), name.length()));
  }

  /** The names in the order of their distance, nearest first, at most so many. */
  public static List<String> first(int many, String word, Collection<String> names) {
    return names.stream()
        .distinct()
        .sorted(Comparator.comparingInt(name -> distance(word, name)))
        .limit(many)
        .toList();
  }

  /** Levenshtein's edit distance, upper and lower case alike, - and _ too. */
  static int distance(String one, String other) {
    String a = plain(one);
    String b = plain(other);
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int changed = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(changed, Math.min(row[j], row[j - 1]) + 1);
      }
    }
    return row[b.length()];
  }

  private static String plain(String word) {
    return word.toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
