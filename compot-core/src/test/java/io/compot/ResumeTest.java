package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.error.InputException;
import io.compot.error.StoppedException;
import io.compot.error.UsageException;
import io.compot.journal.Resume;
import io.compot.journal.WorkFolder;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.result.CompressionReport;
import io.compot.testing.SmallDemo;
import io.compot.testing.TimelessFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ended at any event and begun again, a compression gives the same bytes and repeats little. */
class ResumeTest {

  /** Ends the work as nothing inside expects it. */
  private static final class Ended extends Error {
    private static final long serialVersionUID = 1L;
  }

  @TempDir private Path folder;

  private Compression compression(String method, String allocation, Path output) throws Exception {
    return Compression.of(SmallDemo.model())
        .method(method)
        .allocation(allocation)
        .ratio(0.3)
        .forgiving()
        .set("iterations", 1)
        .samples(4)
        .length(32)
        .calibration(SmallDemo.text())
        .output(output);
  }

  @ParameterizedTest
  @CsvSource({
    "compot, uniform, 4",
    "compot, svd-llm-v2, 4",
    "svd-llm, knapsack, 64", // so many that Gram matrices are kept between two passes
    "svd, pooled, 4",
    "compot+, damage, 4"
  })
  void goesOnFromEveryEvent(String method, String allocation, int windows) throws Exception {
    Path whole = folder.resolve("whole");
    List<Progress> events = new ArrayList<>();
    int layers =
        compression(method, allocation, whole)
            .samples(windows)
            .listener(events::add)
            .run()
            .layers()
            .size();
    assertThat(events.stream().anyMatch(event -> event.toString().contains("kept in")))
        .isEqualTo(windows > 4);
    var expected = TimelessFiles.of(whole);

    Path output = folder.resolve("out");
    int attempts = 0;
    @Nullable CompressionReport report = null;
    List<String> finished = new ArrayList<>();
    // Each attempt ends a few events later than the one before, counted from its own beginning.
    for (int patience = 4; report == null; patience += 5, attempts++) {
      int most = patience;
      int[] seen = {0};
      ProgressListener ending =
          event -> {
            if (event instanceof Progress.LayerFinished layer) {
              finished.add(layer.name());
            }
            if (++seen[0] > most) {
              throw new Ended();
            }
          };
      try {
        report = compression(method, allocation, output).samples(windows).listener(ending).run();
      } catch (Ended e) {
        assertThat(output).doesNotExist();
      }
    }
    assertThat(attempts).isGreaterThan(5);
    assertThat(TimelessFiles.of(output)).isEqualTo(expected);
    assertThat(folder).isDirectoryNotContaining("glob:**/.out*");
    assertThat(report.layers()).hasSize(layers);
    // Whatever was recorded was never done again.
    assertThat(finished).doesNotHaveDuplicates();
    assertThat(events).isNotEmpty();
  }

  @Test
  void stopsAtASafePointAndGoesOnElsewhere() throws Exception {
    Path output = folder.resolve("out");
    int[] layers = {0};
    assertThatExceptionOfType(StoppedException.class)
        .isThrownBy(() ->
            compression("compot", "uniform", output)
                .listener(event -> layers[0] += event instanceof Progress.LayerFinished ? 1 : 0)
                .stop(() -> layers[0] >= 9)
                .run())
        .withMessageContaining("kept");
    assertThat(layers[0]).isEqualTo(9);
    assertThat(output).doesNotExist();
    List<String> notices = new ArrayList<>();
    Path relative = Path.of("").toAbsolutePath().relativize(output.toAbsolutePath());
    compression("compot", "uniform", relative)
        .resume(Resume.REQUIRED)
        .listener(event -> {
          if (event instanceof Progress.Notice notice) {
            notices.add(notice.message());
          }
        })
        .run();
    assertThat(notices).contains("resumed: 9 of 14 projections are compressed already");
    Path whole = folder.resolve("whole");
    compression("compot", "uniform", whole).run();
    assertThat(TimelessFiles.of(output)).isEqualTo(TimelessFiles.of(whole));
  }

  private void leave(Path output, int layers) throws Exception {
    int[] seen = {0};
    try {
      compression("compot", "uniform", output)
          .listener(event -> seen[0] += event instanceof Progress.LayerFinished ? 1 : 0)
          .stop(() -> seen[0] >= layers)
          .run();
    } catch (StoppedException e) {
      assertThat(seen[0]).isEqualTo(layers);
    }
  }

  @Test
  void aDamagedFactorFileIsDoneAgain() throws Exception {
    Path whole = folder.resolve("whole");
    compression("compot", "uniform", whole).run();
    Path output = folder.resolve("out");
    leave(output, 10);
    Path factors = WorkFolder.beside(output).resolve("factors");
    List<Path> files;
    try (Stream<Path> all = Files.list(factors)) {
      files = all.sorted().toList();
    }
    byte[] bytes = Files.readAllBytes(files.get(3));
    bytes[bytes.length / 2] ^= 4;
    Files.write(files.get(3), bytes);
    Files.delete(files.get(8));
    try (Stream<Path> states = Files.list(WorkFolder.beside(output).resolve("states"))) {
      states.forEach(state -> {
        try {
          Files.write(state, new byte[5]);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      });
    }
    List<String> done = new ArrayList<>();
    List<String> notices = new ArrayList<>();
    compression("compot", "uniform", output)
        .listener(event -> {
          switch (event) {
            case Progress.LayerFinished layer -> done.add(layer.name() + ".safetensors");
            case Progress.Notice notice -> notices.add(notice.message());
            default -> {}
          }
        })
        .run();
    assertThat(done)
        .hasSize(6)
        .contains(files.get(3).getFileName().toString(), files.get(8).getFileName().toString());
    assertThat(notices).anyMatch(line -> line.contains(files.get(3).getFileName().toString()));
    assertThat(TimelessFiles.of(output)).isEqualTo(TimelessFiles.of(whole));
  }

  @Test
  void anotherRequestIsRefusedByName() throws Exception {
    Path output = folder.resolve("out");
    leave(output, 2);
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> compression("compot", "uniform", output).ratio(0.4).run())
        .withMessageContaining("ratio (was 0.3, is 0.4)");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> compression("compot", "uniform", output).length(16).run())
        .withMessageContaining("calibration windows (was 4 x 32");
    compression("compot", "uniform", output).ratio(0.4).resume(Resume.NEVER).run();
    assertThat(output).exists();
  }

  @Test
  void aRefusalLeavesNothingBehind() throws Exception {
    Path output = folder.resolve("out");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> compression("compot", "uniform", output).samples(1_000_000).run());
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> compression("compot", "uniform", output).resume(Resume.REQUIRED).run());
    assertThat(folder).isEmptyDirectory();
  }

  /** Ended between the rename and the end of its work folder, it has done its work. */
  @Test
  void anOutputInItsPlaceIsDone() throws Exception {
    Path output = folder.resolve("out");
    leave(output, SmallDemo.PROJECTIONS);
    Path work = WorkFolder.beside(output);
    Path copy = folder.resolve("copy");
    copy(work, copy);
    CompressionReport report = compression("compot", "uniform", output).run();
    var expected = TimelessFiles.of(output);
    copy(copy, work);
    // The journal as it was before the last line: not committed, so the place is taken.
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> compression("compot", "uniform", output).run())
        .withMessageContaining("exists");
    assertThat(report.layers()).hasSize(SmallDemo.PROJECTIONS);
    assertThat(TimelessFiles.of(output)).isEqualTo(expected);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path each : all.toList()) {
        Files.copy(each, to.resolve(from.relativize(each).toString()));
      }
    }
  }
}
