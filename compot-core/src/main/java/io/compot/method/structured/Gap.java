package io.compot.method.structured;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/**
 * Blocks that go, one behind the other; the block in front of them stays.
 *
 * @param first number of the first that goes, at least 1
 * @param count how many, at least 1
 */
public record Gap(int first, int count) {

  public Gap {
    if (first < 1 || count < 1) {
      throw new IllegalArgumentException("%d blocks from %d on".formatted(count, first));
    }
  }

  /** Number of the block in front, which takes the map. */
  public int front() {
    return first - 1;
  }

  /** Number of the first behind it, or of blocks where there is none. */
  public int end() {
    return first + count;
  }

  /** Whether a block stands between two gaps, as the later one needs for its map. */
  public boolean apart(Gap other) {
    return end() < other.first || other.end() < first;
  }

  /**
   * Blocks in as many gaps as they make.
   *
   * @param blocks that go, each at least 1
   */
  public static List<Gap> of(SortedSet<Integer> blocks) {
    List<Gap> gaps = new ArrayList<>();
    for (int block : blocks) {
      if (!gaps.isEmpty() && gaps.getLast().end() == block) {
        Gap last = gaps.removeLast();
        gaps.add(new Gap(last.first(), last.count() + 1));
      } else {
        gaps.add(new Gap(block, 1));
      }
    }
    return gaps;
  }

  /** In words: "block 3", "blocks 3 to 5". */
  @Override
  public String toString() {
    return count == 1 ? "block " + first : "blocks %d to %d".formatted(first, end() - 1);
  }
}
