package io.compot.evaluation.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PairEncoderTest {

  /** A token a character, but " t" + "h" is one token, as byte-pair encoders merge. */
  private static final Encoder MERGING =
      text -> text.replace("th", "\u1234").chars().asLongStream().toArray();

  private static final PairEncoder ENCODER = new PairEncoder(MERGING, 7);

  private static TokenRequest encode(String context, String continuation) throws InputException {
    return ENCODER.encode(new Prompt(context, continuation));
  }

  private static long[] characters(String text) {
    return text.chars().asLongStream().toArray();
  }

  @Test
  void splitsWhereTheContextAloneEnds() throws InputException {
    TokenRequest request = encode("ab", " c");
    assertThat(request.context()).containsExactly(characters("ab"));
    assertThat(request.continuation()).containsExactly(characters(" c"));
  }

  @Test
  void movesTrailingSpacesToTheContinuation() throws InputException {
    TokenRequest request = encode("ab \n", "c");
    assertThat(request.context()).containsExactly(characters("ab"));
    assertThat(request.continuation()).containsExactly(characters(" \nc"));
  }

  @Test
  void tokenisesThePairTogetherAndKeepsTheContextsOwnTokens() throws InputException {
    // Together "atho" is a, th, o: the context alone has two tokens, so only the third is left.
    TokenRequest request = encode("at", "ho");
    assertThat(request.context()).containsExactly(characters("at"));
    assertThat(request.continuation()).containsExactly(characters("o"));
  }

  @Test
  void putsThePrefixTokenBeforeATextWithoutContext() throws InputException {
    TokenRequest request = encode("", " c");
    assertThat(request.context()).containsExactly(7);
    assertThat(request.continuation()).containsExactly(characters(" c"));
  }

  @Test
  void refusesContinuationsWithoutTokens() {
    assertThatThrownBy(() -> encode("ab", ""))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("continuation");
    assertThatThrownBy(() -> encode("t", "h"))
        .as("swallowed by the context's last token")
        .isInstanceOf(InputException.class);
    assertThatThrownBy(() -> encode("  ", "c"))
        .as("nothing but white space before it")
        .isInstanceOf(InputException.class)
        .hasMessageContaining("context");
  }

  @Test
  void windowsByHand() throws InputException {
    List<TokenRequest> windows = ENCODER.rolling("abcdefghij", 4);
    assertThat(windows).hasSize(3);
    assertThat(windows.get(0).context()).containsExactly(7);
    assertThat(windows.get(0).continuation()).containsExactly(characters("abcd"));
    assertThat(windows.get(1).context()).containsExactly(characters("d"));
    assertThat(windows.get(1).continuation()).containsExactly(characters("efgh"));
    // The last window is filled up with context.
    assertThat(windows.get(2).context()).containsExactly(characters("fgh"));
    assertThat(windows.get(2).continuation()).containsExactly(characters("ij"));
    assertThat(ENCODER.rolling("", 4)).isEmpty();
  }

  /** The harness's own two functions, written down again. */
  @Property
  void windowsAreTheHarnesss(
      @ForAll @IntRange(min = 1, max = 60) int length, @ForAll @IntRange(min = 1, max = 12) int max)
      throws InputException {
    var tokens = new long[length];
    Arrays.setAll(tokens, i -> i + 100);
    List<long[]> expected = new ArrayList<>();
    int first = Math.min(max, length);
    long[] input = new long[first];
    input[0] = 7;
    System.arraycopy(tokens, 0, input, 1, first - 1);
    add(expected, input, Arrays.copyOfRange(tokens, 0, first));
    for (int predicted = first; predicted < length; ) {
      int count = Math.min(length - predicted, max);
      int end = predicted + count;
      add(
          expected,
          Arrays.copyOfRange(tokens, end - max - 1, end - 1),
          Arrays.copyOfRange(tokens, end - count, end));
      predicted += count;
    }
    List<long[]> actual = new ArrayList<>();
    for (TokenRequest each : new PairEncoder(_ -> tokens, 7).rolling("", max)) {
      actual.add(each.context());
      actual.add(each.continuation());
    }
    assertThat(Arrays.deepEquals(actual.toArray(), expected.toArray())).isTrue();
  }

  private static void add(List<long[]> windows, long[] input, long[] predicted) {
    windows.add(Arrays.copyOf(input, input.length - (predicted.length - 1)));
    windows.add(predicted);
  }
}
