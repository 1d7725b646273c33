package io.compot.pipeline.pass;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.Compression;
import io.compot.progress.Progress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every pass tells of each batch, so that nobody waits without a word. */
class PassProgressTest {

  private static final Path DEMO = Path.of("..", "demo");
  private static final int BLOCKS = 4;

  @TempDir private Path folder;

  @Test
  void theBackwardPassAndThePassBesideThePrefix() throws Exception {
    List<Progress.Step> steps = new ArrayList<>();
    Compression.of(DEMO.resolve("model"))
        .calibration(DEMO.resolve("calibration.txt"))
        .method("compot+")
        .set("iterations", 1)
        .samples(3)
        .length(128)
        .ratio(0.3)
        .output(folder.resolve("out"))
        .listener(event -> {
          if (event instanceof Progress.Step step) {
            steps.add(step);
          }
        })
        .run();
    List<Progress.Step> profile = of("profile", steps);
    assertThat(profile).extracting(Progress.Step::done).isSorted();
    assertThat(profile.getLast().done()).isEqualTo(profile.getLast().total());
    assertThat(profile)
        .extracting(Progress.Step::what)
        .startsWith("forward", "forward", "forward", "forward") // a batch of each block
        .contains(
            "block 4/4: backward",
            "block 4/4: model.layers.3.self_attn.q_proj",
            "block 1/4: model.layers.0.mlp.down_proj");
    List<String> compress = of("compress", steps).stream().map(Progress.Step::what).toList();
    for (int block = 1; block <= BLOCKS; block++) {
      // Of each of four inputs when it is begun, and of its batch.
      String told = "block %d/4: calibrate".formatted(block);
      assertThat(compress.stream().filter(told::equals).count()).isGreaterThanOrEqualTo(8);
    }
  }

  private static List<Progress.Step> of(String stage, List<Progress.Step> steps) {
    return steps.stream().filter(step -> step.stage().equals(stage)).toList();
  }
}
