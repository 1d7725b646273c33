package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BarLineTest {

  private static final String LAYER = "block 2/16: model.layers.1.mlp.down_proj";

  private final BarLine line = new BarLine(() -> Duration.ofSeconds(95), false);

  @Test
  void showsShareTimeLeftAndWork() {
    assertThat(line.line("compress", 0.5, Duration.ofSeconds(9), LAYER, 120))
        .isEqualTo("compress  50 % ██████████░░░░░░░░░░  about 1 min 35 s left  " + LAYER);
    assertThat(line.line("compress", 0.5, Duration.ofSeconds(9), LAYER, 80))
        .hasSize(80)
        .startsWith("compress  50 % ██████████░░░░░░░░░░  about 1 min 35 s left  …")
        .endsWith("ers.1.mlp.down_proj");
    assertThat(new BarLine(() -> null, true).line("check", -1, Duration.ofMillis(2900), "", 80))
        .isEqualTo("check  2 s");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 10, 20, 40, 60, 61, 62, 63, 70, 80, 200})
  void neverLeavesItsLine(int columns) {
    for (double done : new double[] {-1, 0, 0.333, 1, 1.2}) {
      assertThat(line.line("compress", done, Duration.ofHours(30), LAYER, columns))
          .hasSizeLessThanOrEqualTo(columns);
    }
  }
}
