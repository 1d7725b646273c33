package io.compot.generation.batch;

import io.compot.generation.Sequence;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Sequences that are done, kept for prompts that begin as they do; the oldest go first. */
final class KeptSequences implements AutoCloseable {

  /** A shorter beginning is computed sooner than it is found and copied. */
  static final int SHORTEST = 16;

  private final List<Sequence> kept = new ArrayList<>(); // the one used last at the end

  long bytes() {
    return kept.stream().mapToLong(Sequence::bytes).sum();
  }

  int size() {
    return kept.size();
  }

  /** Takes a sequence over, instead of those that it begins with. */
  void add(Sequence sequence) {
    long[] tokens = sequence.tokens();
    kept.removeIf(each -> {
      boolean covered = each.length() <= tokens.length && each.shared(tokens) >= each.length() - 1;
      if (covered) {
        each.close();
      }
      return covered;
    });
    kept.add(sequence);
  }

  /** The one that has most of the beginning of a prompt. */
  @Nullable Sequence longest(long[] prompt) {
    return longest(kept, prompt);
  }

  static @Nullable Sequence longest(List<Sequence> among, long[] prompt) {
    Sequence best = null;
    for (Sequence each : among) {
      int shared = each.shared(prompt);
      if (shared >= SHORTEST && (best == null || shared > best.shared(prompt))) {
        best = each;
      }
    }
    return best;
  }

  /** Gives one away that is to grow. */
  void remove(Sequence sequence) {
    kept.remove(sequence);
  }

  /** One was of use. */
  void touch(Sequence sequence) {
    kept.remove(sequence);
    kept.add(sequence);
  }

  /** Lets the oldest go until no more than so many bytes are kept. */
  void shrink(long bytes) {
    while (!kept.isEmpty() && bytes() > bytes) {
      kept.removeFirst().close();
    }
  }

  @Override
  public void close() {
    kept.forEach(Sequence::close);
    kept.clear();
  }
}
