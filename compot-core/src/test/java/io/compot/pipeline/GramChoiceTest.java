package io.compot.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.Compression;
import io.compot.calibration.GramStore;
import io.compot.checkpoint.ModelSource;
import io.compot.journal.WorkFolder;
import io.compot.pipeline.check.CheckedInputs;
import io.compot.pipeline.check.DiskNeeds;
import io.compot.pipeline.check.Preflight;
import io.compot.pipeline.pass.BlockPass;
import io.compot.progress.Progress;
import io.compot.recipe.CompressionSettings;
import io.compot.tensor.Dtype;
import io.compot.testing.Tmpfs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GramChoiceTest {

  private static final Path DEMO = Path.of("..", "demo");

  @TempDir private Path folder;

  @Test
  void keepsWhatTakesLongerToComputeAndFits() {
    assertThat(GramChoice.of(1_000_000, 10_000, 2_000_000).kept()).isTrue();
    var quick = GramChoice.of(1_000_000, 500, 2_000_000);
    assertThat(quick.kept()).isFalse();
    assertThat(quick.told()).contains("computed in both passes", "less time");
    var large = GramChoice.of(3_000_000_000L, 1L << 40, 2_000_000_000L);
    assertThat(large.kept()).isFalse();
    assertThat(large.told()).contains("3.0 GB", "would not fit");
  }

  /** On a disk where they just do not fit they are computed twice, and nothing else changes. */
  @Test
  void theSameBytesEitherWay() throws Exception {
    CompressionSettings settings =
        Compression.of(DEMO.resolve("model"))
            .method("svd-llm")
            .allocation("svd-llm-v2")
            .ratio(0.3)
            .samples(32)
            .length(64)
            .calibration(DEMO.resolve("calibration.txt"))
            .settings();
    List<Progress> heard = new ArrayList<>();
    Path kept = folder.resolve("kept");
    new Compressor(DEMO.resolve("model"), settings, _ -> Dtype.F32, heard::add).run(kept, false);
    assertThat(notices(heard)).anyMatch(line -> line.startsWith("Gram matrices are kept in "));
    assertThat(stages(heard)).containsExactly("check", "calibrate", "profile", "compress", "write");

    heard.clear();
    try (Tmpfs disk = Tmpfs.mount(folder.resolve("disk"), room(settings))) {
      Path twice = disk.folder().resolve("twice");
      new Compressor(DEMO.resolve("model"), settings, _ -> Dtype.F32, heard::add).run(twice, false);
      assertThat(notices(heard)).anyMatch(line -> line.contains("computed in both passes"));
      assertThat(stages(heard)).containsExactly("check", "profile", "compress", "write");
      for (String file : List.of("model.safetensors", "config.json", "README.md")) {
        assertThat(Files.mismatch(kept.resolve(file), twice.resolve(file))).as(file).isEqualTo(-1);
      }
    }
  }

  /** Bytes for everything and half of the matrices. */
  private static long room(CompressionSettings settings) throws Exception {
    try (ModelSource checkpoint = Preflight.open(DEMO.resolve("model"));
        var work = WorkFolder.temporary()) {
      CheckedInputs job = new Preflight(settings).job(checkpoint, Dtype.F32, work, new HashMap<>());
      Set<String> all = new HashSet<>();
      job.selection().chosen().forEach(each -> all.add(each.name()));
      var pass = new BlockPass(job.architecture(), checkpoint, all, null);
      return DiskNeeds.of(job).bytes() + GramStore.bytes(pass.inputs()) / 2;
    }
  }

  private static List<String> stages(List<Progress> heard) {
    return heard.stream()
        .filter(Progress.StageStarted.class::isInstance)
        .map(event -> ((Progress.StageStarted) event).stage())
        .toList();
  }

  private static List<String> notices(List<Progress> heard) {
    return heard.stream()
        .filter(Progress.Notice.class::isInstance)
        .map(event -> ((Progress.Notice) event).message())
        .toList();
  }
}
