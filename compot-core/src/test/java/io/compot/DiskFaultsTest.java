package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.testing.Command;
import io.compot.testing.Ext4;
import io.compot.testing.Tmpfs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Disks that fill, files that turn read-only, sources that change underneath: one clear error with
 * its exit code, no output, and once the cause is gone the same command gives the same bytes.
 */
class DiskFaultsTest {

  private static final Path DEMO = Path.of("..", "demo");
  private static final long ROOM = 160L << 20;

  @TempDir private static Path shared;
  @TempDir private Path folder;
  private Path model;

  /** Something that happens to a file behind the program's back. */
  enum Change {
    HALVED,
    EMPTIED,
    DELETED,
    REPLACED,
    OVERWRITTEN
  }

  @BeforeEach
  void copyModel() throws IOException {
    model = Files.createDirectory(folder.resolve("model"));
    try (var files = Files.list(DEMO.resolve("model"))) {
      for (Path file : files.toList()) {
        Files.copy(file, model.resolve(file.getFileName().toString()));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "compress, HALVED",
    "compress, DELETED",
    "layer, EMPTIED",
    "layer, OVERWRITTEN",
    "write, REPLACED",
  })
  void aSourceThatChangesIsNamed(String moment, Change change) throws Exception {
    Path weights = model.resolve("model.safetensors");
    Path output = folder.resolve("out");
    var once = new Once(moment, () -> apply(change, weights));
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> compress(output, once))
        .withMessageContaining(weights.toString())
        .withMessageContaining("changed while it was in use")
        .satisfies(e -> assertThat(e.exitCode()).isEqualTo(3));
    assertThat(output).doesNotExist();

    Files.copy(
        DEMO.resolve("model").resolve("model.safetensors"),
        weights,
        StandardCopyOption.REPLACE_EXISTING);
    compress(output, ProgressListener.none());
    assertThat(mismatch(output)).isEqualTo(-1);
  }

  @ParameterizedTest
  @CsvSource({
    "compress, 0",
    "layer, 60000",
    "write, 1000000",
    "write, 9000000",
  })
  void aFullDiskIsOneClearErrorAndNothingIsLost(String moment, long left) throws Exception {
    boolean failed = fillsUp(moment, left);
    assertThat(failed).isEqualTo(left < 9_000_000);
  }

  /** The same at many more fill levels. */
  @Test
  @Tag("reliability")
  void aDiskThatFillsAtAnyLevel() throws Exception {
    int failures = 0;
    List<Long> levels = new ArrayList<>();
    for (long left = 0; left < 4_200_000; left += left < 400_000 ? 16_384 : 131_072) {
      levels.add(left);
    }
    for (String moment : new String[] {"compress", "layer", "write"}) {
      for (long left : levels) {
        failures += fillsUp(moment, left) ? 1 : 0;
      }
    }
    System.out.printf("%d fill levels, %d failures%n", 3 * levels.size(), failures);
    assertThat(failures).isGreaterThan(levels.size());
  }

  @Test
  void tooLittleRoomIsRefusedBeforeWork() throws Exception {
    try (Tmpfs disk = Tmpfs.mount(folder.resolve("disk"), ROOM)) {
      disk.fill(1 << 20);
      List<Progress> heard = new ArrayList<>();
      assertThatExceptionOfType(FailureException.class)
          .isThrownBy(() -> compress(disk.folder().resolve("out"), heard::add))
          .withMessageContaining("bytes")
          .withMessageContaining("left");
      assertThat(heard).noneMatch(event -> isStart(event, "compress"));
    }
  }

  @Test
  void aReadOnlyFileSystemIsRefusedBeforeWork() throws Exception {
    try (Tmpfs disk = Tmpfs.mount(folder.resolve("disk"), ROOM)) {
      disk.makeReadOnly();
      List<Progress> heard = new ArrayList<>();
      Path output = disk.folder().resolve("out");
      assertThatExceptionOfType(FailureException.class)
          .isThrownBy(() -> compress(output, heard::add))
          .withMessageContaining(disk.folder().toString())
          .withMessageContaining("Read-only");
      assertThat(heard).isEmpty();
    }
  }

  /** The disk breaks, the system forbids writing, somebody repairs it. */
  @ParameterizedTest
  @ValueSource(strings = {"compress", "layer", "write"})
  void aFileSystemThatTurnsReadOnlyIsOneClearErrorAndNothingIsLost(String moment) throws Exception {
    try (Ext4 disk = Ext4.mount(folder.resolve("disk"), ROOM)) {
      Path output = disk.folder().resolve("out");
      assertThatExceptionOfType(FailureException.class)
          .isThrownBy(() -> compress(output, new Once(moment, disk::breakDown)))
          .withMessageContaining(disk.folder().toString())
          .withMessageContaining("Read-only file system")
          .satisfies(e -> assertThat(e.exitCode()).isEqualTo(1))
          .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
      disk.repair();
      assertThat(output).doesNotExist();
      // A layer that was told of is recorded with its block, or within a second.
      assertThat(layersThatWereLeft(output))
          .isBetween(
              moment.equals("compress") ? 2 : moment.equals("layer") ? 1 : 0,
              moment.equals("write") ? 0 : 2);
      assertThat(mismatch(output)).isEqualTo(-1);
    }
  }

  /** What is forbidden is the last step alone, the rename. */
  @Test
  void aPlaceThatMayNotBeWrittenAnyMoreIsOneClearErrorAndNothingIsLost() throws Exception {
    try (Ext4 disk = Ext4.mount(folder.resolve("disk"), ROOM)) {
      Path parent = Files.createDirectory(disk.folder().resolve("parent"));
      Path output = parent.resolve("out");
      var once =
          new Once(
              "layer",
              () ->
                  assumeTrue(
                      Command.run("chattr", "+i", parent.toString()),
                      "skipped: a folder cannot be made immutable here"));
      assertThatExceptionOfType(FailureException.class)
          .isThrownBy(() -> compress(output, once))
          .withMessageContaining(output.toString())
          .withMessageContaining("not permitted")
          .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
      assertThat(output).doesNotExist();
      assertThat(Command.run("chattr", "-i", parent.toString())).isTrue();
      assertThat(layersThatWereLeft(output)).isZero();
      assertThat(mismatch(output)).isEqualTo(-1);
    }
  }

  /** How many layers the same command, run again, had still to do. */
  private int layersThatWereLeft(Path output) throws CompotException {
    int[] layers = {0};
    compress(output, event -> layers[0] += event instanceof Progress.LayerFinished ? 1 : 0);
    return layers[0];
  }

  /** Whether the run failed for lack of room; either way what comes out in the end is right. */
  private boolean fillsUp(String moment, long left) throws Exception {
    try (Tmpfs disk = Tmpfs.mount(folder.resolve("disk"), ROOM)) {
      Path output = disk.folder().resolve("out");
      var once = new Once(moment, () -> disk.fill(left));
      Throwable thrown = catchThrowable(() -> compress(output, once));
      Files.delete(disk.folder().resolve("filler"));
      if (thrown != null) {
        assertThat(thrown).as("%s, %d left", moment, left).isInstanceOf(FailureException.class);
        assertThat(thrown.getMessage()).hasLineCount(1).containsAnyOf("space", "room");
        assertThat(output).doesNotExist();
        compress(output, ProgressListener.none());
      }
      assertThat(mismatch(output)).isEqualTo(-1);
      try (var entries = Files.list(disk.folder())) {
        assertThat(entries).containsExactly(output);
      }
      return thrown != null;
    }
  }

  private void compress(Path output, ProgressListener listener) throws CompotException {
    Compression.of(model)
        .calibration(DEMO.resolve("calibration.txt"))
        .samples(8)
        .length(128)
        .forgiving()
        .set("iterations", 1)
        .include("layers.0.self_attn.q_proj", "layers.0.mlp.gate_proj")
        .listener(listener)
        .output(output)
        .run();
  }

  /** Where the weights differ from those of a run that nothing disturbed. */
  private long mismatch(Path output) throws Exception {
    Path undisturbed = shared.resolve("out");
    if (!Files.exists(undisturbed)) {
      compress(undisturbed, ProgressListener.none());
    }
    return Files.mismatch(
        undisturbed.resolve("model.safetensors"), output.resolve("model.safetensors"));
  }

  /** Another process, so that the change is that of a stranger. */
  private static void apply(Change change, Path file) throws IOException {
    String other = file.resolveSibling("other").toString();
    String script =
        switch (change) {
          case HALVED -> "truncate -s 1700000 \"$0\"";
          case EMPTIED -> "truncate -s 0 \"$0\"";
          case DELETED -> "rm \"$0\"";
          case REPLACED -> "cp -p \"$0\" \"$1\" && mv \"$1\" \"$0\"";
          case OVERWRITTEN -> "printf x | dd of=\"$0\" bs=1 seek=3000000 conv=notrunc status=none";
        };
    try {
      int code =
          new ProcessBuilder("sh", "-c", script, file.toString(), other)
              .inheritIO()
              .start()
              .waitFor();
      assertThat(code).isZero();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean isStart(Progress event, String stage) {
    return event instanceof Progress.StageStarted started && started.stage().equals(stage);
  }

  @FunctionalInterface
  private interface Fault {
    void happen() throws IOException;
  }

  /** Does something at the first of the moments: a stage's start, or the first finished layer. */
  private static final class Once implements ProgressListener {

    private final String moment;
    private final Fault fault;
    private boolean done;

    Once(String moment, Fault fault) {
      this.moment = moment;
      this.fault = fault;
    }

    @Override
    public void on(Progress event) {
      boolean now =
          moment.equals("layer") ? event instanceof Progress.LayerFinished : isStart(event, moment);
      if (now && !done) {
        done = true;
        try {
          fault.happen();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }
}
