package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.StoppedException;
import io.compot.error.UsageException;
import io.compot.model.Architecture;
import io.compot.result.CompressionReport;
import io.compot.tensor.TensorScope;
import io.compot.testing.TimelessFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Methods that take parts out of the bundled model, from the settings to the output. */
class StructuredCompressionTest {

  private static final Path DEMO = Path.of("..", "demo");
  private static final Path MODEL = DEMO.resolve("model");

  @TempDir private Path folder;

  private static Compression compression(String method, double ratio) {
    return Compression.of(MODEL)
        .method(method)
        .ratio(ratio)
        .samples(16)
        .length(64)
        .calibration(DEMO.resolve("calibration.txt"));
  }

  @Test
  void replaceMeLeavesAnOrdinaryModelOfFewerBlocks() throws Exception {
    Path output = folder.resolve("out");
    CompressionReport report = compression("replaceme", 0.25).output(output).run();
    assertThat(report.ratio().achieved()).isEqualTo(0.25);
    assertThat(report.notes()).hasSize(1);
    long bytes = 0;
    try (Checkpoint made = Checkpoint.open(output)) {
      assertThat(made.compression()).isEmpty();
      assertThat(made.config().has("compression")).isFalse();
      assertThat(Architecture.of(made).decoder().blocks()).isEqualTo(3);
      for (String name : made.names()) {
        bytes += made.info(name).bytes();
      }
    }
    assertThat(8 * bytes).isEqualTo(report.bits().model().after());
    assertThat(report.bits().parts().values().stream().mapToLong(Long::longValue).sum())
        .isEqualTo(report.bits().model().after());
    assertThat(output.resolve("README.md")).content().contains("The weights are dense");
    // With the map it is far better than the blocks left out alone, which is above 60.
    assertThat(perplexity(output)).isLessThan(30);
    Path again = folder.resolve("again");
    Compression.of(MODEL).recipe(output.resolve("recipe.yaml")).output(again).run();
    assertThat(TimelessFiles.of(again)).isEqualTo(TimelessFiles.of(output));
  }

  private static double perplexity(Path folder) throws Exception {
    try (Model model = Model.load(folder)) {
      Path text = Files.createTempFile("heldout", ".txt");
      Files.writeString(text, Files.readString(DEMO.resolve("heldout.txt")).substring(0, 40_000));
      double value = model.evaluate(text).value();
      Files.delete(text);
      return value;
    }
  }

  /** Half of the blocks in two gaps; by loss none is worse than by distance on what it looks at. */
  @ParameterizedTest
  @CsvSource({"distance, 2", "loss, 2", "loss, 1"})
  void blocksGoInSeveralGaps(String choice, int gaps) throws Exception {
    Path output = folder.resolve("out");
    CompressionReport report =
        compression("replaceme", 0.5).set("choice", choice).set("gaps", gaps).output(output).run();
    assertThat(report.ratio().achieved()).isEqualTo(0.5);
    try (Checkpoint made = Checkpoint.open(output)) {
      assertThat(Architecture.of(made).decoder().blocks()).isEqualTo(2);
    }
    assertThat(perplexity(output)).isFinite();
  }

  /** Blocks alone, and by their influence: ShortGPT, of which the first block is no part. */
  @ParameterizedTest
  @CsvSource({"influence, none", "distance, none", "loss, none", "influence, cosine"})
  void blocksGoWithoutAMapAndByInfluence(String choice, String map) throws Exception {
    Path output = folder.resolve("out");
    CompressionReport report =
        compression("replaceme", 0.5).set("choice", choice).set("map", map).output(output).run();
    List<Integer> gone =
        report.plan().projections().stream()
            .filter(each -> each.bitsAfter() == 0)
            .map(each -> each.place().block())
            .distinct()
            .toList();
    assertThat(gone).hasSize(2).doesNotContain(0);
    if (choice.equals("influence")) {
      assertThat(report.notes()).hasSize(2).allMatch(note -> note.contains("influence 0."));
    }
    int block = 0;
    try (Checkpoint made = Checkpoint.open(output);
        Checkpoint original = Checkpoint.open(MODEL);
        var _ = TensorScope.open()) {
      for (int each = 0; each < 4; each++) {
        if (!gone.contains(each)) {
          String name = "model.layers.%d.mlp.down_proj.weight";
          boolean same =
              made.tensor(name.formatted(block++)).equal(original.tensor(name.formatted(each)));
          assertThat(same).isEqualTo(map.equals("none") || !gone.contains(each + 1));
        }
      }
    }
    assertThat(block).isEqualTo(2);
  }

  /** Each attempt ends some batches later than the one before. */
  @ParameterizedTest
  @ValueSource(strings = {"replaceme", "llm-pruner"})
  void stoppedAnywhereItGoesOnToTheSameBytes(String method) throws Exception {
    Path whole = folder.resolve("whole");
    compression(method, 0.25).output(whole).run();
    Path output = folder.resolve("out");
    int attempts = 0;
    for (int patience = 0; !Files.exists(output); patience += 7, attempts++) {
      int[] left = {patience};
      try {
        compression(method, 0.25).stop(() -> left[0]-- <= 0).output(output).run();
      } catch (StoppedException e) {
        assertThat(output).doesNotExist();
      }
    }
    assertThat(attempts).isGreaterThan(1);
    assertThat(TimelessFiles.of(output)).isEqualTo(TimelessFiles.of(whole));
    assertThat(folder).isDirectoryNotContaining("glob:**/.out*");
  }

  /** All blocks alike: an ordinary model, narrower. Otherwise widths of single blocks. */
  @ParameterizedTest
  @CsvSource({
    "local, all, 0.5, none",
    "local, auto, 0.2, none",
    "global, all, 0.3, none",
    "local, all, 0.3, least-squares"
  })
  void llmPrunerLeavesNarrowerBlocks(String compared, String blocks, double ratio, String refit)
      throws Exception {
    Path output = folder.resolve("out");
    CompressionReport report =
        compression("llm-pruner", ratio)
            .set("compared", compared)
            .set("blocks", blocks)
            .set("refit", refit)
            .output(output)
            .run();
    assertThat(report.ratio().achieved()).isBetween(ratio, ratio + 0.03);
    assertThat(tensorBits(output)).isEqualTo(report.bits().model().after());
    try (Checkpoint made = Checkpoint.open(output)) {
      assertThat(made.compression()).isEmpty();
      boolean alike = compared.equals("local") && blocks.equals("all");
      assertThat(made.config().has("compression")).isEqualTo(!alike);
      if (alike) {
        assertThat(made.config().positiveInt("intermediate_size", 1000)).isLessThan(352);
        assertThat(made.config().positiveInt("head_dim", 1000)).isEqualTo(32);
      }
      if (ratio == 0.5) {
        assertThat(made.config().positiveInt("num_key_value_heads", 8)).isEqualTo(1);
        assertThat(made.config().positiveInt("num_attention_heads", 8)).isEqualTo(2);
        assertThat(made.config().positiveInt("intermediate_size", 1000)).isEqualTo(176);
      }
    }
    assertThat(perplexity(output)).isLessThan(ratio == 0.5 ? 1000 : 200);
    Path again = folder.resolve("again");
    Compression.of(MODEL).recipe(output.resolve("recipe.yaml")).output(again).run();
    assertThat(TimelessFiles.of(again)).isEqualTo(TimelessFiles.of(output));
  }

  private static long tensorBits(Path model) throws Exception {
    long bits = 0;
    try (Checkpoint made = Checkpoint.open(model)) {
      for (String name : made.names()) {
        bits += 8 * made.info(name).bytes();
      }
    }
    return bits;
  }

  /** Least squares give back a part of what is lost. */
  @Test
  void refittedIsBetter() throws Exception {
    Path plain = folder.resolve("plain");
    Path fitted = folder.resolve("fitted");
    compression("llm-pruner", 0.3).output(plain).run();
    compression("llm-pruner", 0.3).set("refit", "least-squares").output(fitted).run();
    assertThat(perplexity(fitted)).isLessThan(0.95 * perplexity(plain));
  }

  @Test
  void whatCannotBeTakenOutIsRefused() throws Exception {
    assertThatThrownBy(() ->
            compression("replaceme", 0.5).set("choice", "influence").set("gaps", 2).checkSettings())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("leave gaps out");
    Compression all = compression("replaceme", 0.9).output(folder.resolve("out"));
    assertThatThrownBy(all::checkSettings)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("takes 4 of 4 blocks out in one gap");
    assertThatThrownBy(() -> compression("replaceme", 0.2).exclude("down_proj").checkSettings())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("exclude and overrides are not for it");
    assertThatThrownBy(() -> compression("replaceme", 0.2).calibration().checkSettings())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("needs calibration text");
    assertThatThrownBy(() -> compression("replaceme", 0.2).set("size", "1MB").checkSettings())
        .isInstanceOf(UsageException.class);
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> compression("replaceme", 0.2).plan())
        .withMessageContaining("found while it works");
    assertThatThrownBy(() -> compression("llm-pruner", 0.9).checkSettings())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("without a head or a channel: blocks 1 to 2 of 4 are pruned");
    assertThatThrownBy(() -> compression("llm-pruner", 0.2).set("blocks", "2-7").checkSettings())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("there are 4, numbered from 0");
    // Three of four in two gaps would need a block between them.
    compression("replaceme", 0.75).set("gaps", 2).checkSettings();
  }
}
