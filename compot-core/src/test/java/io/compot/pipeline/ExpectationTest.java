package io.compot.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.Compression;
import io.compot.checkpoint.ModelSource;
import io.compot.pipeline.check.CheckedInputs;
import io.compot.pipeline.check.Preflight;
import io.compot.plan.Expectation;
import io.compot.tensor.Dtype;
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

  /** On a machine of one known speed; the plan is that of little text, which is made sooner. */
  private static Expectation atSpeed(String method, int samples) throws Exception {
    try (ModelSource checkpoint = Preflight.open(DEMO.resolve("model"))) {
      CheckedInputs job =
          new Preflight(compression(method, samples).settings()).shapesJob(checkpoint, Dtype.F32);
      return Expectations.of(job, compression(method, 4).plan(), 1e9);
    }
  }

  @Test
  void moreTextOrMorePassesTakeLonger() throws Exception {
    assertThat(atSpeed("compot", 760).seconds())
        .isGreaterThan(1.5 * atSpeed("compot", 70).seconds());
    assertThat(atSpeed("compot+", 700).seconds())
        .isGreaterThan(1.5 * atSpeed("compot", 700).seconds());
    assertThat(atSpeed("compot", 700).diskBytes())
        .isGreaterThan(2 * atSpeed("compot", 70).diskBytes());
  }

  @Test
  void memoryIsThatOfTheSmallestModelAtLeast() throws Exception {
    assertThat(expected(compression("svd", 1)).memoryBytes()).isBetween(300L << 20, 600L << 20);
  }
}
