package io.compot.method.structured;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.method.structured.GroupChoice.BlockGroups;
import io.compot.method.structured.GroupChoice.Staying;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class GroupChoiceTest {

  private static List<BlockGroups> blocks(int seed, int count) {
    var random = new Random(seed);
    List<BlockGroups> blocks = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      blocks.add(
          new BlockGroups(
              random.doubles(4).boxed().toList(), 1000, random.doubles(40).boxed().toList(), 90));
    }
    return blocks;
  }

  private static long gone(BlockGroups block, Staying stays) {
    return (block.heads().size() - stays.heads().size()) * block.headBits()
        + (block.channels().size() - stays.channels().size()) * block.channelBits();
  }

  /** Each block loses its part and no channel more; those that go count least. */
  @Test
  void localTakesThePartOfEachBlock() {
    for (int percent = 1; percent < 80; percent += 3) {
      List<BlockGroups> blocks = blocks(percent, 3);
      long whole = blocks.stream().mapToLong(BlockGroups::bits).sum();
      long asked = whole * percent / 100;
      List<Staying> staying = GroupChoice.local(blocks, asked).orElseThrow();
      for (int i = 0; i < blocks.size(); i++) {
        BlockGroups block = blocks.get(i);
        double part = block.bits() * (asked / (double) whole);
        assertThat((double) gone(block, staying.get(i))).isBetween(part - 1e-3, part + 90);
        least(block.heads(), staying.get(i).heads());
        least(block.channels(), staying.get(i).channels());
      }
    }
  }

  private static void least(List<Double> counts, List<Integer> staying) {
    List<Integer> expected =
        IntStream.range(0, counts.size())
            .boxed()
            .sorted(Comparator.<Integer>comparingDouble(counts::get).reversed())
            .limit(staying.size())
            .sorted()
            .toList();
    assertThat(staying).isEqualTo(expected).isNotEmpty();
  }

  /** What went counts no more for its bits than what stays, but for the last of a block. */
  @Test
  void globalTakesWhatCountsLeast() {
    for (int percent = 1; percent < 80; percent += 5) {
      List<BlockGroups> blocks = blocks(percent, 4);
      long whole = blocks.stream().mapToLong(BlockGroups::bits).sum();
      long asked = whole * percent / 100;
      List<Staying> staying = GroupChoice.global(blocks, asked).orElseThrow();
      long gone = 0;
      double mostGone = 0;
      double leastLeft = Double.POSITIVE_INFINITY;
      for (int i = 0; i < blocks.size(); i++) {
        BlockGroups block = blocks.get(i);
        Staying stays = staying.get(i);
        gone += gone(block, stays);
        for (int head = 0; head < 4; head++) {
          double cost = block.heads().get(head) / 1000;
          if (!stays.heads().contains(head)) {
            mostGone = Math.max(mostGone, cost);
          } else if (stays.heads().size() > 1) {
            leastLeft = Math.min(leastLeft, cost);
          }
        }
        for (int channel = 0; channel < 40; channel++) {
          double cost = block.channels().get(channel) / 90;
          if (!stays.channels().contains(channel)) {
            mostGone = Math.max(mostGone, cost);
          } else if (stays.channels().size() > 1) {
            leastLeft = Math.min(leastLeft, cost);
          }
        }
        assertThat(stays.heads()).isNotEmpty();
        assertThat(stays.channels()).isNotEmpty();
      }
      assertThat(gone).isBetween(asked, asked + 1000);
      assertThat(mostGone).isLessThanOrEqualTo(leastLeft);
    }
  }

  @Test
  void nothingIsLeftEmpty() {
    List<BlockGroups> blocks = blocks(1, 2);
    long whole = blocks.stream().mapToLong(BlockGroups::bits).sum();
    assertThat(GroupChoice.most(blocks)).isEqualTo(2 * (3 * 1000L + 39 * 90));
    assertThat(GroupChoice.local(blocks, whole)).isEmpty();
    assertThat(GroupChoice.global(blocks, whole)).isEmpty();
    assertThat(GroupChoice.local(blocks, GroupChoice.most(blocks))).isPresent();
    assertThat(GroupChoice.global(blocks, GroupChoice.most(blocks))).isPresent();
  }

  @Test
  void blocksAreLeftInFrontAndBehind() {
    assertThat(BlockRange.AUTO.from(32)).isEqualTo(4);
    assertThat(BlockRange.AUTO.to(32)).isEqualTo(30);
    assertThat(BlockRange.AUTO.from(4)).isEqualTo(1);
    assertThat(BlockRange.AUTO.to(4)).isEqualTo(3);
    assertThat(BlockRange.AUTO.from(1)).isZero();
    assertThat(BlockRange.AUTO.to(1)).isEqualTo(1);
    assertThat(BlockRange.ALL.to(7)).isEqualTo(7);
  }
}
