package io.compot.pipeline.pass;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.Compression;
import io.compot.pipeline.Compressor;
import io.compot.progress.Progress;
import io.compot.tensor.Dtype;
import io.compot.testing.SmallDemo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Compressions that share their work give the bytes that each of them gives alone. */
class SharedWorkTest {

  @TempDir private Path folder;

  private final List<String> stages = new ArrayList<>();

  @Test
  void theSameBytesAsAlone() throws Exception {
    try (var shared = SharedWork.in(folder.resolve("shared"))) {
      same(shared, "svd-llm", "uniform", 0.3);
      same(shared, "compot", "pooled", 0.3);
      same(shared, "svd-llm-v2", "svd-llm-v2", 0.3);
      same(shared, "rocket", "knapsack", 0.4);
      same(shared, "svd", "uniform", 0.2);
    }
    assertThat(stages.stream().filter("calibrate"::equals)).hasSize(1);
    stages.clear();
    try (var again = SharedWork.in(folder.resolve("shared"))) {
      same(again, "svd-llm-v2", "svd-llm-v2", 0.4);
      assertThat(stages).doesNotContain("calibrate");
    }
    damageOneMatrix();
    try (var damaged = SharedWork.in(folder.resolve("shared"))) {
      same(damaged, "svd-llm-v2", "svd-llm-v2", 0.2);
      assertThat(stages).contains("calibrate");
      damaged.delete();
    }
    assertThat(folder.resolve("shared")).doesNotExist();
  }

  @Test
  void theBackwardPassServesAllRatios() throws Exception {
    try (var shared = SharedWork.in(folder.resolve("shared"))) {
      same(shared, "compot+", "auto", 0.2);
      long profiled = stages.stream().filter("profile"::equals).count();
      same(shared, "compot+", "uniform", 0.4);
      assertThat(profiled).isEqualTo(1);
      assertThat(stages.stream().filter("profile"::equals)).hasSize(1);
    }
    // Another process finds the backward pass done.
    stages.clear();
    try (var again = SharedWork.in(folder.resolve("shared"))) {
      same(again, "compot+", "auto", 0.3);
      assertThat(stages).doesNotContain("profile", "calibrate");
    }
  }

  private void damageOneMatrix() throws IOException {
    try (Stream<Path> all = Files.walk(folder.resolve("shared"))) {
      Path file =
          all.filter(each -> each.toString().contains("/grams/") && Files.isRegularFile(each))
              .filter(each -> each.toString().contains("proj"))
              .findFirst()
              .orElseThrow();
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
    }
  }

  private void same(SharedWork shared, String method, String allocation, double ratio)
      throws Exception {
    var settings =
        Compression.of(SmallDemo.model())
            .method(method)
            .allocation(allocation)
            .ratio(ratio)
            .forgiving()
            .set("iterations", 1)
            .include("layers.1.*")
            .samples(8)
            .length(64)
            .calibration(SmallDemo.text())
            .settings();
    String name = method + allocation + ratio;
    Path alone = folder.resolve("alone-" + name);
    Path together = folder.resolve("together-" + name);
    new Compressor(SmallDemo.model(), settings, _ -> Dtype.F32, _ -> {}).run(alone, false);
    var report =
        new Compressor(
                SmallDemo.model(),
                settings,
                _ -> Dtype.F32,
                event -> {
                  if (event instanceof Progress.StageStarted started) {
                    stages.add(started.stage());
                  }
                })
            .sharing(shared)
            .run(together, false);
    for (String file : List.of("model.safetensors", "config.json")) {
      assertThat(Files.mismatch(alone.resolve(file), together.resolve(file)))
          .as(name + " " + file)
          .isEqualTo(-1);
    }
    assertThat(report.run().secondsByStage()).containsKeys("calibrate", "profile");
  }
}
