package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.CompotException;
import io.compot.progress.ProgressListener;
import io.compot.testing.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What cannot work is refused before any work, in one line, and leaves nothing behind. */
class CompressionErrorsTest {

  @TempDir private Path folder;
  private Path model;
  private Path text;
  private Path output;

  @BeforeEach
  void findMaterial() throws Exception {
    model = SharedData.path("data/trained/qwen2-tinystories-1m");
    text = Files.writeString(folder.resolve("text.txt"), "Once upon a time there was. ".repeat(40));
    output = folder.resolve("out");
  }

  @Test
  void settingsOutOfRange() {
    refuses(2, valid().ratio(0), "ratio 0.0");
    refuses(2, valid().ratio(1), "ratio 1.0");
    refuses(2, valid().ratio(Double.NaN), "ratio NaN");
    refuses(2, valid().method("magic"), "method magic", "compot, compot+, compot+lite, cospadi");
    refuses(2, valid().set("rho", 0.5), "rho 0.5");
    refuses(2, valid().set("iterations", 0), "iterations 0");
    refuses(2, valid().set("init", "zero"), "init zero");
    refuses(2, valid().set("momentum", 2.0), "momentum 2.0");
    refuses(2, valid().set("min-ratio", 1.0), "min-ratio 1.0");
    refuses(2, valid().set("max-ratio", 0.0), "max-ratio 0.0");
    refuses(2, valid().set("min-ratio", 0.3), "cannot be reached", "between 0.3");
    refuses(2, valid().ratio(0.5).set("max-ratio", 0.4), "cannot be reached", "and 0.3");
    refuses(
        2, valid().method("svd-llm").set("update", "magic"), "update magic", "none, sequential");
    refuses(2, valid().samples(0), "samples 0");
    refuses(2, valid().length(129), "length 129", "128");
    refuses(2, valid().shardSize(0), "shard-size 0");
    refuses(2, valid().include("w_proj"), "include 'w_proj' matches no projection");
    refuses(2, valid().exclude("model"), "no projection would get smaller");
    refuses(2, valid().calibration(), "needs calibration text");
  }

  @Test
  void calibrationTextTooShort() {
    refuses(3, valid().samples(256).length(64), "text.txt", "windows of 64", "256 are needed");
    refuses(3, valid().calibration(folder.resolve("absent.txt")), "absent.txt", "no such file");
  }

  @Test
  void outputTakenOrInputCompressed() throws Exception {
    Files.createDirectories(output);
    Files.writeString(output.resolve("precious.txt"), "keep");
    assertThatThrownBy(() -> valid().output(output).run())
        .isInstanceOfSatisfying(CompotException.class, e -> assertThat(e.exitCode()).isEqualTo(2))
        .hasMessageContaining("not empty");
    assertThat(output.resolve("precious.txt")).hasContent("keep");

    Path svd = folder.resolve("svd");
    valid().method("svd").calibration().output(svd).run();
    assertThatThrownBy(() -> Compression.of(svd).calibration(text).plan())
        .isInstanceOfSatisfying(CompotException.class, e -> assertThat(e.exitCode()).isEqualTo(3))
        .hasMessageContaining("compressed already");
    assertThatThrownBy(
            () -> Export.dense(model, folder.resolve("d"), false, ProgressListener.none()))
        .isInstanceOfSatisfying(CompotException.class, e -> assertThat(e.exitCode()).isEqualTo(3))
        .hasMessageContaining("not compressed");
  }

  private Compression valid() {
    return Compression.of(model)
        .calibration(text)
        .samples(2)
        .length(16)
        .forgiving()
        .set("iterations", 1);
  }

  private void refuses(int exitCode, Compression compression, String... words) {
    assertThatThrownBy(() -> compression.output(output).run())
        .isInstanceOfSatisfying(
            CompotException.class, e -> assertThat(e.exitCode()).isEqualTo(exitCode))
        .hasMessageContainingAll(words)
        .message()
        .hasLineCount(1);
    assertThat(folder).isDirectoryNotContaining(path -> !path.equals(text));
  }
}
