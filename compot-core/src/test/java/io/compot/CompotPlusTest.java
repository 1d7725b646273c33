package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.UsageException;
import io.compot.testing.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs of method compot+ through the Java API. */
class CompotPlusTest {

  @TempDir Path folder;

  @Test
  void sameSettingsGiveTheSameBytes() throws Exception {
    for (String name : List.of("one", "two")) {
      compression("compot+").include("layers.0").samples(8).output(folder.resolve(name)).run();
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

  private static Compression compression(String method) {
    return Compression.of(SharedData.path("data/trained/qwen2-tinystories-1m"))
        .method(method)
        .ratio(0.4)
        .samples(48)
        .length(64)
        .calibration(SharedData.path("data/text/tinystories/tinystories_300.txt"));
  }
}
