package io.compot.method.structured;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Chooses the gaps whose distances have the least sum, by dynamic programming over the blocks: the
 * first block stays, and between two gaps a block stays.
 */
public final class GapChoice {

  /** Distance between the hidden states before one block and before another behind it. */
  @FunctionalInterface
  public interface Distances {
    double of(int before, int behind);
  }

  private final int blocks;
  private final Distances distances;

  /** Least sums, by the first block that is open, gaps left and blocks still to go. */
  private final double[][][] least;

  /** Blocks of the gap that begins there in the best choice; 0 where the block stays. */
  private final int[][][] taken;

  private GapChoice(int blocks, int gaps, int dropped, Distances distances) {
    this.blocks = blocks;
    this.distances = distances;
    this.least = new double[blocks + 2][gaps + 1][dropped + 1];
    this.taken = new int[blocks + 2][gaps + 1][dropped + 1];
  }

  /**
   * The best gaps.
   *
   * @param blocks of the model
   * @param gaps at most
   * @param dropped blocks that go in all
   * @return ascending; empty where there is no room for them
   */
  public static Optional<List<Gap>> of(int blocks, int gaps, int dropped, Distances distances) {
    var choice = new GapChoice(blocks, Math.min(gaps, dropped), dropped, distances);
    choice.fill();
    return choice.read();
  }

  private void fill() {
    int gaps = least[0].length - 1;
    int dropped = least[0][0].length - 1;
    for (int block = blocks + 1; block >= 1; block--) {
      for (int left = 0; left <= gaps; left++) {
        for (int go = 0; go <= dropped; go++) {
          decide(block, left, go);
        }
      }
    }
  }

  private void decide(int block, int left, int go) {
    if (block >= blocks) {
      least[block][left][go] = go == 0 ? 0 : Double.POSITIVE_INFINITY;
      return;
    }
    double best = least[block + 1][left][go];
    int count = 0;
    for (int n = 1; left > 0 && n <= Math.min(go, blocks - block); n++) {
      // The block behind a gap stays, so that the next gap has one in front.
      double sum =
          distances.of(block, block + n)
              + least[Math.min(blocks + 1, block + n + 1)][left - 1][go - n];
      if (sum < best) {
        best = sum;
        count = n;
      }
    }
    least[block][left][go] = best;
    taken[block][left][go] = count;
  }

  private Optional<List<Gap>> read() {
    int left = least[0].length - 1;
    int go = least[0][0].length - 1;
    if (blocks < 2 || !Double.isFinite(least[1][left][go])) {
      return Optional.empty();
    }
    List<Gap> gaps = new ArrayList<>();
    for (int block = 1; block < blocks; block++) {
      int count = taken[block][left][go];
      if (count > 0) {
        gaps.add(new Gap(block, count));
        block += count;
        left--;
        go -= count;
      }
    }
    return Optional.of(List.copyOf(gaps));
  }

  /** Splits blocks that go over so many gaps, as evenly as can be, the larger ones first. */
  public static int[] evenly(int dropped, int gaps) {
    int parts = Math.min(gaps, dropped);
    int[] counts = new int[parts];
    Arrays.setAll(counts, i -> dropped / parts + (i < dropped % parts ? 1 : 0));
    return counts;
  }
}
