package io.compot.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.Compression;
import io.compot.plan.Expectation;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a plan promises is what the work then takes, as far as orders of magnitude go. */
class ExpectationTest {

  private static final Path DEMO = Path.of("..", "demo");

  @TempDir private Path folder;

  private static Compression compression(String method, int samples) {
    return Compression.of(DEMO.resolve("model"))
        .method(method)
        .calibration(DEMO.resolve("calibration.txt"))
        .samples(samples)
        .length(128);
  }

  private static Expectation expected(Compression compression) throws Exception {
    return compression.expect(compression.plan());
  }

  @Test
  void timeIsOfTheOrderOfWhatIsTaken() throws Exception {
    Compression compression = compression("compot", 64).output(folder.resolve("out"));
    double expected = expected(compression).seconds();
    long start = System.nanoTime();
    compression.run();
    double seconds = (System.nanoTime() - start) / 1e9;
    assertThat(expected).isBetween(seconds / 10, 10 * (seconds + 5));
  }

  @Test
  void moreTextOrMorePassesTakeLonger() throws Exception {
    assertThat(expected(compression("compot", 100_000)).seconds())
        .isGreaterThan(10 * expected(compression("compot", 100)).seconds());
    assertThat(expected(compression("compot+", 10_000)).seconds())
        .isGreaterThan(expected(compression("compot", 10_000)).seconds());
    assertThat(expected(compression("compot", 10_000)).diskBytes())
        .isGreaterThan(10 * expected(compression("compot", 64)).diskBytes());
  }

  @Test
  void memoryIsThatOfTheSmallestModelAtLeast() throws Exception {
    assertThat(expected(compression("svd", 1)).memoryBytes()).isBetween(300L << 20, 600L << 20);
  }
}
