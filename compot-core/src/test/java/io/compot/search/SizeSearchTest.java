package io.compot.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.UsageException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SizeSearchTest {

  /** Losses that fall as fast as usual, or far slower or faster. */
  @ParameterizedTest
  @CsvSource({
    "4, 0.05",
    "4, 0.5",
    "4, 0.0007",
    "2, 0.1",
    "2, 0.01",
    "16, 0.02",
    "1.3, 0.4",
    "4, 1e-9"
  })
  void findsTheSmallestThatHolds(double fall, double limit) throws Exception {
    DoubleUnaryOperator loss = bits -> Math.pow(fall, 3 - bits);
    double exact = 3 - Math.log(limit) / Math.log(fall);
    List<Double> tried = new ArrayList<>();
    double found =
        new SizeSearch("max-kl", limit, 1.1, 31.9)
            .find(bits -> {
              tried.add(bits);
              assertThat(bits).isBetween(1.1, 31.9);
              return loss.applyAsDouble(bits);
            });
    assertThat(loss.applyAsDouble(found)).isLessThanOrEqualTo(limit);
    assertThat(found).isLessThan(1.03 * Math.max(exact, 1.1));
    assertThat(tried).hasSizeLessThanOrEqualTo(10).doesNotHaveDuplicates().contains(found);
  }

  @Test
  void theSmallestOfAllIsEnoughWhereItHolds() throws Exception {
    assertThat(new SizeSearch("max-kl", 1, 2.2, 8).find(_ -> 0.5)).isEqualTo(2.2);
    assertThat(new SizeSearch("max-kl", 1, 2.2, 8).find(_ -> 0.0)).isEqualTo(2.2);
  }

  /** A larger one that fails by noise is not below what is kept. */
  @Test
  void nothingSmallerThanAFailureIsKept() throws Exception {
    double found =
        new SizeSearch("max-kl", 0.1, 2, 16)
            .find(bits -> bits > 3.5 && bits < 4.5 ? 0.11 : Math.pow(4, 1 - bits));
    assertThat(found).isGreaterThan(3.5);
  }

  @Test
  void whatCannotBeReachedIsRefusedWithTheLeastThereIs() {
    List<Double> tried = new ArrayList<>();
    assertThatThrownBy(() ->
            new SizeSearch("max-rise", 0.01, 2, 8)
                .find(bits -> {
                  tried.add(bits);
                  return 0.02 + 1 / bits;
                }))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("max-rise 0.01 cannot be reached: with 8.0 bits a weight")
        .hasMessageContaining("0.145");
    assertThat(tried).endsWith(8.0);
  }
}
