package io.compot.method.structured;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Chooses the heads and channels that go, of blocks with what each of them counts. */
public final class GroupChoice {

  private GroupChoice() {}

  /**
   * What may go of a block, as the journal keeps it.
   *
   * @param heads what each head of keys and values counts; empty where none can go
   * @param headBits of a head, with the queries that read it
   * @param channels what each feed-forward channel counts; empty where none can go
   * @param channelBits of a channel
   */
  public record BlockGroups(
      List<Double> heads, long headBits, List<Double> channels, long channelBits) {
    public BlockGroups {
      heads = List.copyOf(heads);
      channels = List.copyOf(channels);
    }

    /** Of all of it. */
    public long bits() {
      return heads.size() * headBits + channels.size() * channelBits;
    }

    /** The most that can go: one head and one channel stay. */
    long most() {
      return Math.max(0, heads.size() - 1) * headBits
          + Math.max(0, channels.size() - 1) * channelBits;
    }
  }

  /**
   * What stays of a block, ascending.
   *
   * @param heads numbers of heads
   * @param channels numbers of channels
   */
  public record Staying(List<Integer> heads, List<Integer> channels) {
    public Staying {
      heads = List.copyOf(heads);
      channels = List.copyOf(channels);
    }
  }

  /**
   * Each block loses the same part: as many heads as are within it, and channels for the rest.
   *
   * @param bits that go in all at least
   * @return of each block; empty where one would be left without a head or a channel
   */
  public static Optional<List<Staying>> local(List<BlockGroups> blocks, long bits) {
    double part = bits / (double) blocks.stream().mapToLong(BlockGroups::bits).sum();
    List<Staying> all = new ArrayList<>();
    for (BlockGroups block : blocks) {
      long own = (long) Math.ceil(part * block.bits() - 1e-6);
      int heads = (int) Math.floor(part * block.heads().size() + 1e-9);
      heads = Math.max(0, Math.min(heads, block.heads().size() - 1));
      int channels = channels(block, own, heads);
      while (channels >= Math.max(1, block.channels().size()) && heads < block.heads().size() - 1) {
        channels = channels(block, own, ++heads);
      }
      boolean none = block.channels().isEmpty();
      if (none ? heads * block.headBits() < own : channels >= block.channels().size()) {
        return Optional.empty();
      }
      all.add(new Staying(staying(block.heads(), heads), staying(block.channels(), channels)));
    }
    return Optional.of(List.copyOf(all));
  }

  /** Channels that go beside so many heads. */
  private static int channels(BlockGroups block, long bits, int heads) {
    long rest = Math.max(0, bits - heads * block.headBits());
    return block.channels().isEmpty() ? 0 : (int) Math.ceilDiv(rest, block.channelBits());
  }

  /** All but the least. */
  private static List<Integer> staying(List<Double> counts, int gone) {
    return IntStream.range(0, counts.size())
        .boxed()
        .sorted(Comparator.<Integer>comparingDouble(counts::get).thenComparingInt(i -> i))
        .skip(gone)
        .sorted()
        .toList();
  }

  private record Group(int block, boolean head, int number, double cost, long bits) {}

  /**
   * What counts least for its bits goes, of all blocks together; of each one head and one channel
   * stay.
   *
   * @param bits that go in all at least
   * @return of each block; empty where so many bits cannot go
   */
  public static Optional<List<Staying>> global(List<BlockGroups> blocks, long bits) {
    List<Group> groups = new ArrayList<>();
    List<List<Integer>> heads = new ArrayList<>();
    List<List<Integer>> channels = new ArrayList<>();
    for (int i = 0; i < blocks.size(); i++) {
      BlockGroups block = blocks.get(i);
      for (int head = 0; head < block.heads().size(); head++) {
        groups.add(new Group(i, true, head, block.heads().get(head), block.headBits()));
      }
      for (int channel = 0; channel < block.channels().size(); channel++) {
        groups.add(
            new Group(i, false, channel, block.channels().get(channel), block.channelBits()));
      }
      heads.add(new ArrayList<>(staying(block.heads(), 0)));
      channels.add(new ArrayList<>(staying(block.channels(), 0)));
    }
    groups.sort(Comparator.comparingDouble(group -> group.cost() / group.bits()));
    long gone = 0;
    for (Group group : groups) {
      if (gone >= bits) {
        break;
      }
      List<Integer> there = (group.head() ? heads : channels).get(group.block());
      if (there.size() > 1) {
        there.remove(Integer.valueOf(group.number()));
        gone += group.bits();
      }
    }
    if (gone < bits) {
      return Optional.empty();
    }
    return Optional.of(
        IntStream.range(0, blocks.size())
            .mapToObj(i -> new Staying(heads.get(i), channels.get(i)))
            .toList());
  }

  /** The most bits that can go of blocks. */
  public static long most(List<BlockGroups> blocks) {
    return blocks.stream().mapToLong(BlockGroups::most).sum();
  }
}
