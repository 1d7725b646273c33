package io.compot.evaluation.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.UsageException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How many documents a limit leaves: the harness takes ceil(n * limit) of limits below 1. */
class TaskOptionsTest {

  @ParameterizedTest
  @CsvSource({
    "3, 10, 3",
    "30, 10, 10",
    "1, 10, 1",
    "0.1, 10, 1",
    "0.1, 11, 2",
    "0.5, 3, 2",
    "0.99, 3, 3"
  })
  void aLimitIsANumberOrAFraction(double limit, int documents, int measured) throws UsageException {
    TaskOptions options = TaskOptions.defaults().withLimit(limit);
    options.check();
    assertThat(options.of(documents)).isEqualTo(measured);
  }

  @Test
  void noLimitIsAll() {
    assertThat(TaskOptions.defaults().of(7)).isEqualTo(7);
    assertThatCode(() -> TaskOptions.defaults().check()).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, 1.5, Double.NaN, Double.POSITIVE_INFINITY})
  void othersAreRefused(double limit) {
    assertThatThrownBy(() -> TaskOptions.defaults().withLimit(limit).check())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("fraction");
  }
}
