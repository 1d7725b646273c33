package io.compot.fuzz;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The short form of {@link FuzzReliabilityTest}: the first seeds of each kind, in this process. */
class HostileFilesTest {

  private static final int SEEDS = 150;

  @TempDir Path folder;

  static List<FuzzTarget> targets() {
    return FuzzWorker.TARGETS;
  }

  @ParameterizedTest
  @MethodSource("targets")
  void endInOneLineOrAreTaken(FuzzTarget target) throws Exception {
    Judge judge = new Judge(folder);
    for (long seed = 0; seed < SEEDS; seed++) {
      assertThat(judge.judge(target, seed)).as("%s %d", target, seed).isEmpty();
    }
    // Mutations that are all refused at the door, or none, would show nothing.
    assertThat(judge.refused()).isGreaterThan(SEEDS / 10);
    assertThat(judge.accepted()).isGreaterThan(SEEDS / 100);
  }
}
