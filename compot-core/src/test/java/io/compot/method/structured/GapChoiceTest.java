package io.compot.method.structured;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GapChoiceTest {

  /** Every way to drop so many blocks, as a set of bits, is looked at. */
  @Test
  void noOtherGapsHaveALesserSum() {
    for (int seed = 0; seed < 60; seed++) {
      var random = new Random(seed);
      int blocks = 3 + random.nextInt(7);
      int dropped = 1 + random.nextInt(blocks - 1);
      int gaps = 1 + random.nextInt(3);
      double[][] distances = new double[blocks + 1][blocks + 1];
      for (double[] row : distances) {
        for (int i = 0; i <= blocks; i++) {
          row[i] = random.nextDouble();
        }
      }
      double least = Double.POSITIVE_INFINITY;
      for (int set = 0; set < 1 << blocks; set++) {
        List<Gap> all = gaps(set, blocks);
        if ((set & 1) == 0 && Integer.bitCount(set) == dropped && all.size() <= gaps) {
          least = Math.min(least, sum(all, distances));
        }
      }
      var found = GapChoice.of(blocks, gaps, dropped, (from, to) -> distances[from][to]);
      if (Double.isInfinite(least)) {
        assertThat(found).isEmpty();
      } else {
        assertThat(found.orElseThrow().stream().mapToInt(Gap::count).sum()).isEqualTo(dropped);
        assertThat(found.orElseThrow()).hasSizeBetween(1, gaps);
        assertThat(sum(found.orElseThrow(), distances)).isCloseTo(least, within(1e-12));
      }
    }
  }

  private static List<Gap> gaps(int set, int blocks) {
    List<Gap> all = new ArrayList<>();
    for (int block = 1; block < blocks; block++) {
      int first = block;
      while (block < blocks && (set >> block & 1) == 1) {
        block++;
      }
      if (block > first) {
        all.add(new Gap(first, block - first));
      }
    }
    return all;
  }

  private static double sum(List<Gap> gaps, double[][] distances) {
    return gaps.stream().mapToDouble(gap -> distances[gap.first()][gap.end()]).sum();
  }

  @Test
  void gapsAreSplitEvenly() {
    assertThat(GapChoice.evenly(7, 3)).containsExactly(3, 2, 2);
    assertThat(GapChoice.evenly(2, 5)).containsExactly(1, 1);
  }

  @Test
  void aBlockStandsBetweenGaps() {
    assertThat(new Gap(1, 2).apart(new Gap(3, 1))).isFalse();
    assertThat(new Gap(2, 2).apart(new Gap(3, 1))).isFalse();
    assertThat(new Gap(4, 1).apart(new Gap(1, 2))).isTrue();
  }
}
