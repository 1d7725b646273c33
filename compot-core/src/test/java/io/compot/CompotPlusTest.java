package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.UsageException;
import io.compot.evaluation.PerplexityOptions;
import io.compot.progress.ProgressListener;
import io.compot.result.CompressionReport;
import io.compot.testing.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs of method compot+ through the Java API. */
class CompotPlusTest {

  @TempDir Path folder;

  @Test
  void halvesTheDamageOfCompot() throws Exception {
    Path model = SharedData.path("data/trained/qwen2-tinystories-1m");
    Path text = SharedData.path("data/text/tinystories/heldout_stories_2000-2316.txt");
    double dense = loss(model, text);
    CompressionReport plain = compression("compot").output(folder.resolve("plain")).run();
    CompressionReport plus = compression("compot+").output(folder.resolve("plus")).run();
    assertThat(plus.allocation()).isEqualTo("damage");
    assertThat(plus.ratio().achieved()).isBetween(0.4, 0.401);
    assertThat(plus.bits().projections().after())
        .isLessThanOrEqualTo((long) (0.6 * plain.bits().projections().before()));
    double rise = loss(folder.resolve("plus"), text) - dense;
    assertThat(rise).isLessThan(0.5 * (loss(folder.resolve("plain"), text) - dense));
    try (Stream<Path> files = Files.list(folder.resolve("plus"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .noneMatch(name -> name.contains("metric") || name.endsWith(".tmp"));
    }
  }

  @Test
  void sameSettingsGiveTheSameBytes() throws Exception {
    for (String name : List.of("one", "two")) {
      compression("compot+").samples(8).output(folder.resolve(name)).run();
    }
    assertThat(Files.mismatch(weights("one"), weights("two"))).isEqualTo(-1);
  }

  @Test
  void needsCalibration() {
    Path model = SharedData.path("data/trained/qwen2-tinystories-1m");
    assertThatThrownBy(
            () -> Compression.of(model).method("compot+").output(folder.resolve("x")).run())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("calibration");
  }

  private Path weights(String name) {
    return folder.resolve(name).resolve("model.safetensors");
  }

  private static double loss(Path model, Path text) throws Exception {
    try (Model loaded = Model.load(model)) {
      var options = PerplexityOptions.defaults().withWindow(128);
      return loaded.evaluate(text, options, ProgressListener.none()).meanNegativeLogLikelihood();
    }
  }

  private static Compression compression(String method) {
    return Compression.of(SharedData.path("data/trained/qwen2-tinystories-1m"))
        .method(method)
        .ratio(0.4)
        .samples(48)
        .length(64)
        .calibration(SharedData.path("data/text/tinystories/tinystories_300.txt"));
  }
}
