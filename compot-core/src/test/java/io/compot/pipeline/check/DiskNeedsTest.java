package io.compot.pipeline.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.Compression;
import io.compot.checkpoint.ModelSource;
import io.compot.checkpoint.OutputFolder;
import io.compot.error.FailureException;
import io.compot.journal.WorkFolder;
import io.compot.pipeline.Compressor;
import io.compot.recipe.CompressionSettings;
import io.compot.tensor.Dtype;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is asked of the disk before work is what the work then takes, and not much more. */
class DiskNeedsTest {

  private static final Path DEMO = Path.of("..", "demo");

  @TempDir private Path folder;

  private static CompressionSettings settings(String method, String update) throws Exception {
    return Compression.of(DEMO.resolve("model"))
        .method(method)
        .set("update", update)
        .ratio(0.3)
        .include("q_proj", "down_proj")
        .forgiving()
        .set("iterations", 1)
        .samples(32)
        .length(64)
        .calibration(DEMO.resolve("calibration.txt"))
        .settings();
  }

  @ParameterizedTest
  @CsvSource({"svd-llm, none", "svd-llm, sequential", "compot+, none"})
  void holdsAllThatLiesThereAtOneTime(String method, String update) throws Exception {
    CompressionSettings settings = settings(method, update);
    long needs = needs(settings).bytes();
    Path output = folder.resolve("out");
    var done = new AtomicBoolean();
    var most = new AtomicLong();
    Thread watcher =
        Thread.ofPlatform()
            .start(() -> {
              while (!done.get()) {
                most.accumulateAndGet(bytes(WorkFolder.beside(output)), Math::max);
                LockSupport.parkNanos(2_000_000);
              }
            });
    try {
      new Compressor(DEMO.resolve("model"), settings, _ -> Dtype.F32, _ -> {}).run(output, false);
    } finally {
      done.set(true);
      watcher.join();
    }
    assertThat(most.get()).isBetween(needs / 4, needs);
  }

  @Test
  void aSearchHasRoomForTheModelThatItKeeps() throws Exception {
    long needs;
    try (ModelSource checkpoint = Preflight.open(DEMO.resolve("model"))) {
      CompressionSettings first = small().set("bits", 4).settings();
      needs = DiskNeeds.ofSearch(new Preflight(first).shapesJob(checkpoint, Dtype.F32)).bytes();
    }
    var most = new AtomicLong();
    var models = new AtomicLong();
    small()
        .set("max-kl", 100)
        .listener(_ -> {
          most.accumulateAndGet(bytes(folder), Math::max);
          models.accumulateAndGet(models(folder), Math::max);
        })
        .output(folder.resolve("out"))
        .run();
    assertThat(models.get()).isEqualTo(2);
    assertThat(most.get()).isBetween(needs / 4, needs);
  }

  @Test
  void aSmallModelNeedsLittleRoom() throws Exception {
    long model = Files.size(DEMO.resolve("model").resolve("model.safetensors"));
    assertThat(needs(Compression.of(DEMO.resolve("model")).method("svd").settings()).bytes())
        .isBetween(model, 4 * model);
  }

  @Test
  void aPlanAsksForRoomWhereItsStatesAreInFiles() throws Exception {
    try (ModelSource checkpoint = Preflight.open(DEMO.resolve("model"));
        var work = WorkFolder.temporary()) {
      CheckedInputs job =
          new Preflight(settings("svd-llm", "none"))
              .job(checkpoint, Dtype.F32, work, new HashMap<>());
      DiskNeeds.requireForPlan(job, 0, work);
      long left = OutputFolder.usableSpace(work.path(), work.target());
      var huge = new DiskNeeds(left + (1L << 40), 0, 0, 0);
      assertThatExceptionOfType(FailureException.class)
          .isThrownBy(() -> huge.require(work))
          .withMessageContaining("left");
    }
  }

  private static DiskNeeds needs(CompressionSettings settings) throws Exception {
    try (ModelSource checkpoint = Preflight.open(DEMO.resolve("model"));
        var work = WorkFolder.temporary()) {
      return DiskNeeds.of(
          new Preflight(settings).job(checkpoint, Dtype.F32, work, new HashMap<>()));
    }
  }

  private static Compression small() {
    return Compression.of(DEMO.resolve("model"))
        .method("gptq")
        .include("q_proj", "down_proj")
        .samples(8)
        .length(64)
        .calibration(DEMO.resolve("calibration.txt"));
  }

  private static long models(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(file -> file.endsWith("model.safetensors")).count();
    } catch (IOException | UncheckedIOException e) {
      return 0;
    }
  }

  /** Files come and go meanwhile. */
  private static long bytes(Path work) {
    try (Stream<Path> all = Files.walk(work)) {
      return all.mapToLong(file -> file.toFile().isFile() ? file.toFile().length() : 0).sum();
    } catch (IOException | UncheckedIOException e) {
      return 0;
    }
  }
}
