package io.compot.evaluation.speech;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The fewest edits that make what was said of what was heard (Levenshtein): of several ways the one
 * is counted that goes on from the end with a hit or substitution where it can.
 *
 * @param substitutions words put in the place of others
 * @param deletions words that are missing
 * @param insertions words that nobody said
 * @param hits words that are right
 */
public record WordErrors(long substitutions, long deletions, long insertions, long hits) {

  /** None. */
  public static final WordErrors NONE = new WordErrors(0, 0, 0, 0);

  /**
   * One place of a comparison.
   *
   * @param said null where a word was put in
   * @param heard null where one is missing
   */
  public record Place(@Nullable String said, @Nullable String heard) {

    /** Whether it is right. */
    public boolean right() {
      return said != null && said.equals(heard);
    }
  }

  /** Words between spaces; other white space belongs to words, as jiwer has it. */
  public static List<String> words(String text) {
    return Arrays.stream(text.strip().split(" ", -1)).filter(word -> !word.isEmpty()).toList();
  }

  /** Characters, each a code point. */
  public static List<String> characters(String text) {
    return text.strip().codePoints().mapToObj(Character::toString).toList();
  }

  /** Puts what was said beside what was heard. */
  public static List<Place> places(List<String> said, List<String> heard) {
    int rows = said.size();
    int columns = heard.size();
    int[][] cost = new int[rows + 1][columns + 1];
    for (int i = 0; i <= rows; i++) {
      for (int j = 0; j <= columns; j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
        } else {
          int change = said.get(i - 1).equals(heard.get(j - 1)) ? 0 : 1;
          cost[i][j] =
              Math.min(cost[i - 1][j - 1] + change, 1 + Math.min(cost[i - 1][j], cost[i][j - 1]));
        }
      }
    }
    List<Place> places = new ArrayList<>();
    int i = rows;
    int j = columns;
    while (i > 0 || j > 0) {
      if (i > 0 && j > 0) {
        int change = said.get(i - 1).equals(heard.get(j - 1)) ? 0 : 1;
        if (cost[i][j] == cost[i - 1][j - 1] + change) {
          places.add(new Place(said.get(--i), heard.get(--j)));
          continue;
        }
      }
      if (i > 0 && cost[i][j] == cost[i - 1][j] + 1) {
        places.add(new Place(said.get(--i), null));
      } else {
        places.add(new Place(null, heard.get(--j)));
      }
    }
    return places.reversed();
  }

  /** Counts them. */
  public static WordErrors of(List<Place> places) {
    WordErrors sum = NONE;
    for (Place each : places) {
      sum =
          sum.plus(
              each.said() == null
                  ? new WordErrors(0, 0, 1, 0)
                  : each.heard() == null
                      ? new WordErrors(0, 1, 0, 0)
                      : new WordErrors(each.right() ? 0 : 1, 0, 0, each.right() ? 1 : 0));
    }
    return sum;
  }

  /** Both together: errors of a corpus are those of all its texts. */
  public WordErrors plus(WordErrors other) {
    return new WordErrors(
        substitutions + other.substitutions,
        deletions + other.deletions,
        insertions + other.insertions,
        hits + other.hits);
  }

  /** Words that are wrong, missing or too many. */
  public long errors() {
    return substitutions + deletions + insertions;
  }

  /** Words that were said. */
  public long said() {
    return substitutions + deletions + hits;
  }

  /** Errors over words said; the number of insertions where nothing was said. */
  public double rate() {
    return (double) errors() / Math.max(1, said());
  }
}
