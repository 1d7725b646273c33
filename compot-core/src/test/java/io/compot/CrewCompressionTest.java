package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.FailureException;
import io.compot.error.StoppedException;
import io.compot.pipeline.task.Crew;
import io.compot.testing.CrewInProcess;
import io.compot.testing.SmallDemo;
import io.compot.testing.TimelessFiles;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a crew makes, in whatever order, has the bytes of one machine. */
class CrewCompressionTest {

  @TempDir private Path folder;

  private static Compression compression(String method, String allocation) throws Exception {
    return Compression.of(SmallDemo.model())
        .method(method)
        .allocation(allocation)
        .quick()
        .ratio(0.3)
        .length(128)
        .allSamples()
        .calibration(SmallDemo.text());
  }

  @ParameterizedTest
  @CsvSource({
    "svd-llm, pooled",
    "svd, uniform",
    "compot+lite, uniform",
    "compot+, damage",
    "sparsegpt, uniform"
  })
  void sameBytes(String method, String allocation) throws Exception {
    Path alone = folder.resolve("alone");
    compression(method, allocation).output(alone).run();
    Path together = folder.resolve("together");
    var crew = new CrewInProcess();
    compression(method, allocation).crew(crew).output(together).run();
    assertThat(crew.kinds()).isNotEmpty();
    assertThat(TimelessFiles.of(together)).isEqualTo(TimelessFiles.of(alone));
  }

  @Test
  void goesOnWhereItWasStopped() throws Exception {
    Path alone = folder.resolve("alone");
    compression("sparsegpt", "uniform").output(alone).run();
    Path together = folder.resolve("together");
    var whole = new CrewInProcess();
    compression("sparsegpt", "uniform").crew(whole).output(folder.resolve("whole")).run();
    int jobs = 0;
    for (int stops = 1; stops < 10; stops++) {
      var counted = new AtomicInteger();
      var crew = new CrewInProcess();
      try {
        compression("sparsegpt", "uniform")
            .crew(crew)
            .stop(() -> counted.incrementAndGet() > 60)
            .output(together)
            .run();
        jobs += crew.kinds().size();
        break;
      } catch (StoppedException e) {
        jobs += crew.kinds().size();
      }
    }
    assertThat(TimelessFiles.of(together)).isEqualTo(TimelessFiles.of(alone));
    assertThat(jobs).isLessThan(2 * whole.kinds().size());
  }

  @Test
  void aFailureIsOneLineAndLeavesNoOutput() throws Exception {
    Crew broken =
        (what, _, _, _) -> {
          throw new FailureException(what + ": three times in vain");
        };
    Path output = folder.resolve("output");
    assertThatThrownBy(() -> compression("svd-llm", "uniform").crew(broken).output(output).run())
        .isInstanceOf(FailureException.class)
        .hasMessage("block 1/2: calibrate: three times in vain");
    assertThat(output).doesNotExist();
  }
}
