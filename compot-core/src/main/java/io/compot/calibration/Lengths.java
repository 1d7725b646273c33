package io.compot.calibration;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How many hidden states each of several samples has. Samples that stand one behind the other and
 * have as many go through a block together; nothing is padded.
 *
 * @param each of a sample, at least 1
 * @param apart whether every sample goes by itself, however long others are
 */
public record Lengths(List<Integer> each, boolean apart) {

  /** Hidden states that go through a block together: enough to keep its products efficient. */
  private static final int BATCH_STATES = 2048;

  /** Sums over all samples are taken in at most so many parts. */
  private static final int MOST_PARTS = 16;

  /** Samples that go through a block together, from one up to before another. */
  public record Batch(int from, int to) {}

  /**
   * Batches that are summed by themselves, wherever that is: sums over all samples are those of the
   * parts, added up in their order, and so the same whoever took which part.
   */
  public record Part(List<Batch> batches) {

    public Part {
      batches = List.copyOf(batches);
    }

    /** The first sample. */
    public int from() {
      return batches.getFirst().from();
    }

    /** Behind the last sample. */
    public int to() {
      return batches.getLast().to();
    }
  }

  public Lengths {
    each = List.copyOf(each);
  }

  /** Samples that go together where they can. */
  public Lengths(List<Integer> each) {
    this(each, false);
  }

  /** Samples that go one by one. */
  public static Lengths alone(List<Integer> each) {
    return new Lengths(each, true);
  }

  /** Samples of one length. */
  public static Lengths same(int samples, int length) {
    return new Lengths(Collections.nCopies(samples, length));
  }

  /** Number of samples. */
  public int count() {
    return each.size();
  }

  /** Hidden states of all of them. */
  public long total() {
    return before(count());
  }

  /** Hidden states of the samples before one. */
  long before(int sample) {
    long sum = 0;
    for (int length : each.subList(0, sample)) {
      sum += length;
    }
    return sum;
  }

  /** The batches in which they go through a block, in their order. */
  public List<Batch> batches() {
    List<Batch> batches = new ArrayList<>();
    int from = 0;
    while (from < count()) {
      int length = each.get(from);
      int most = Math.min(count(), from + (apart ? 1 : Math.max(1, BATCH_STATES / length)));
      int to = from + 1;
      while (to < most && each.get(to) == length) {
        to++;
      }
      batches.add(new Batch(from, to));
      from = to;
    }
    return batches;
  }

  /** The parts in which they are summed: they depend on nothing but these lengths. */
  public List<Part> parts() {
    List<Batch> batches = batches();
    int count = Math.min(MOST_PARTS, batches.size());
    return IntStream.range(0, count)
        .mapToObj(i ->
            new Part(batches.subList(i * batches.size() / count, (i + 1) * batches.size() / count)))
        .toList();
  }

  /** All of them as one part. */
  Part whole() {
    return new Part(batches());
  }

  /** Those of a part alone, which has the same batches by itself. */
  public Lengths of(Part part) {
    return new Lengths(each.subList(part.from(), part.to()), apart);
  }
}
