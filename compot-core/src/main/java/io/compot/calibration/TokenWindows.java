package io.compot.calibration;

import io.compot.error.InputException;
import io.compot.file.Sha256;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Windows of equal length cut from calibration text.
 *
 * <p>The rule: the tokens are cut from the start into non-overlapping windows of {@code length}, an
 * incomplete last one is dropped. From these {@code n} windows {@code samples} are chosen without
 * repetition by {@link SampleChoice}. The chosen windows stay in the text's order.
 *
 * @param windows token ids, each of the same length
 */
public record TokenWindows(List<long[]> windows) implements SampleSource {

  public TokenWindows {
    windows = List.copyOf(windows);
  }

  /**
   * Chooses windows.
   *
   * @param tokens of the whole text
   * @param samples how many; empty takes all
   * @param length tokens a window
   * @param source how errors name the text
   * @throws InputException saying how many windows there are, where they are too few
   */
  public static TokenWindows choose(
      long[] tokens, OptionalInt samples, int length, long seed, String source)
      throws InputException {
    int available = tokens.length / length;
    int wanted = samples.orElse(available);
    if (available == 0 || wanted > available) {
      throw new InputException(
          "%s: %d tokens give %d windows of %d, but %d are needed; give more text, fewer samples or a smaller length%s"
              .formatted(
                  source,
                  tokens.length,
                  available,
                  length,
                  Math.max(wanted, 1),
                  available == 0 ? "" : ", or samples auto to take what there is"));
    }
    boolean[] taken = chosen(available, wanted, seed);
    return of(tokens, length, IntStream.range(0, available).filter(i -> taken[i]).toArray());
  }

  /**
   * Windows that {@link #choose} does not take, spread evenly over the text: for measures of what
   * was fitted to the others.
   *
   * @param most windows
   * @throws InputException where fewer than two are left
   */
  public static TokenWindows aside(
      long[] tokens, OptionalInt samples, int length, long seed, int most, String source)
      throws InputException {
    int available = tokens.length / length;
    boolean[] taken = chosen(available, Math.min(available, samples.orElse(available)), seed);
    int[] left = IntStream.range(0, available).filter(i -> !taken[i]).toArray();
    if (left.length < 2) {
      throw new InputException(
          "%s: all of its %d windows of %d tokens are calibrated on, and none is left to measure on; name another text (--guard FILE), or take fewer samples"
              .formatted(source, available, length));
    }
    int count = Math.min(most, left.length);
    return of(
        tokens,
        length,
        IntStream.range(0, count).map(i -> left[(int) ((long) i * left.length / count)]).toArray());
  }

  private static boolean[] chosen(int available, int wanted, long seed) {
    boolean[] taken = new boolean[available];
    for (int i : SampleChoice.of(available, wanted, seed)) {
      taken[i] = true;
    }
    return taken;
  }

  private static TokenWindows of(long[] tokens, int length, int[] places) {
    List<long[]> windows = new ArrayList<>();
    for (int i : places) {
      windows.add(Arrays.copyOfRange(tokens, i * length, (i + 1) * length));
    }
    return new TokenWindows(windows);
  }

  @Override
  public TokenWindows halved(int least) {
    return count() < 2 * least
        ? this
        : new TokenWindows(
            IntStream.range(0, count()).filter(i -> i % 2 == 0).mapToObj(windows::get).toList());
  }

  @Override
  public Lengths lengths() {
    return Lengths.same(count(), length());
  }

  /** [windows, length], I64. */
  @Override
  public Tensor batch(int from, int to) {
    long[] ids = new long[(to - from) * length()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = windows.get(from + i / length())[i % length()];
    }
    try (var scope = TensorScope.open();
        var arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_LONG, ids);
      // The clone's memory is libtorch's own, so the arena may go.
      return scope.keep(NativeMemory.tensor(segment, Dtype.I64, to - from, length()).clone());
    }
  }

  /** Of all token ids in their order, and how they are cut. */
  @Override
  public String identity() {
    var digest = Sha256.begin();
    for (long[] window : windows) {
      ByteBuffer bytes = ByteBuffer.allocate((window.length + 1) * Long.BYTES);
      bytes.putLong(window.length);
      for (long token : window) {
        bytes.putLong(token);
      }
      digest.update(bytes.flip());
    }
    return "%d x %d, %s".formatted(count(), length(), Sha256.words(digest));
  }

  /** Number of windows. */
  public int count() {
    return windows.size();
  }

  /** Tokens a window. */
  public int length() {
    return windows.getFirst().length;
  }
}
