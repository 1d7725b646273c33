package io.compot.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.InputException;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.LongStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TokenWindowsTest {

  @Property(tries = 200)
  void takesDistinctWholeWindowsInOrder(
      @ForAll @IntRange(min = 1, max = 500) int tokens,
      @ForAll @IntRange(min = 1, max = 20) int length,
      @ForAll @IntRange(min = 1, max = 20) int samples,
      @ForAll long seed)
      throws InputException {
    long[] ids = LongStream.range(0, tokens).toArray();
    if (samples > tokens / length) {
      assertThatThrownBy(() -> choose(ids, samples, length, seed))
          .hasMessageContaining("%d windows of %d", tokens / length, length);
      return;
    }
    List<long[]> windows = choose(ids, samples, length, seed).windows();
    assertThat(windows).hasSize(samples);
    long last = -1;
    for (long[] window : windows) {
      assertThat(window).hasSize(length);
      assertThat(window[0] % length).isZero();
      assertThat(window[0]).isGreaterThan(last);
      assertThat(window).containsExactly(LongStream.range(window[0], window[0] + length).toArray());
      last = window[length - 1];
    }
  }

  /**
   * The rule is a promise: another platform or version must choose the same windows. The expected
   * ones come from the rule written in another language.
   */
  @Test
  void theChoiceIsFixedBySeed() throws InputException {
    long[] ids = LongStream.range(0, 100).toArray();
    assertThat(starts(choose(ids, 5, 5, 42))).isEqualTo(starts(choose(ids, 5, 5, 42)));
    assertThat(starts(choose(ids, 5, 5, 42))).isNotEqualTo(starts(choose(ids, 5, 5, 43)));
    assertThat(starts(choose(ids, 5, 5, 42))).containsExactly(5L, 20L, 50L, 75L, 80L);
  }

  @Test
  void everyWindowIsAboutAsLikely() throws InputException {
    long[] ids = LongStream.range(0, 10).toArray();
    int[] taken = new int[10];
    for (int seed = 0; seed < 2000; seed++) {
      choose(ids, 3, 1, seed).windows().forEach(window -> taken[(int) window[0]]++);
    }
    assertThat(Arrays.stream(taken).boxed().toList()).allMatch(count -> count > 500 && count < 700);
  }

  @Test
  void autoTakesEverything() throws InputException {
    long[] ids = new long[35];
    assertThat(TokenWindows.choose(ids, OptionalInt.empty(), 10, 1, "a.txt").count()).isEqualTo(3);
    assertThatThrownBy(() -> TokenWindows.choose(ids, OptionalInt.empty(), 36, 1, "a.txt"))
        .hasMessageContaining("a.txt")
        .hasMessageContaining("0 windows of 36");
  }

  private static List<Long> starts(TokenWindows windows) {
    return windows.windows().stream().map(window -> window[0]).toList();
  }

  private static TokenWindows choose(long[] ids, int samples, int length, long seed)
      throws InputException {
    return TokenWindows.choose(ids, OptionalInt.of(samples), length, seed, "text");
  }
}
