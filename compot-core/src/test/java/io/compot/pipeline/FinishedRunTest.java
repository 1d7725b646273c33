package io.compot.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.Compression;
import io.compot.journal.Fingerprint;
import io.compot.journal.Resume;
import io.compot.journal.WorkFolder;
import io.compot.result.CompressionReport;
import io.compot.result.ReportFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process ends between the rename of its output and the end of its work folder. */
class FinishedRunTest {

  private static final Path DEMO = Path.of("..", "demo");
  private static final Fingerprint SAME = new Fingerprint(Map.of(), Map.of());

  @TempDir private Path folder;

  private CompressionReport run(String method, Path output) throws Exception {
    return Compression.of(DEMO.resolve("model"))
        .method(method)
        .allocation("uniform")
        .forgiving()
        .set("iterations", 2)
        .samples(2)
        .length(32)
        .calibration(DEMO.resolve("calibration.txt"))
        .output(output)
        .run();
  }

  private static WorkFolder begun(Path output) throws Exception {
    WorkFolder work = WorkFolder.take(output);
    work.begin("test", SAME, Resume.AUTO);
    return work;
  }

  @ParameterizedTest
  @ValueSource(strings = {"compot", "svd"})
  void theNextOneFindsTheReportWithItsPlan(String method) throws Exception {
    Path output = folder.resolve("out").toAbsolutePath();
    CompressionReport report = run(method, output);
    byte[] text = Files.readAllBytes(output.resolve(ReportFiles.JSON_NAME));
    try (var work = begun(output)) {
      FinishedRun.note(work, report.plan(), text);
    }
    try (var work = begun(output)) {
      var found = FinishedRun.find(work).orElseThrow();
      assertThat(found.plan()).isEqualTo(report.plan());
      assertThat(found.layers()).isEqualTo(report.layers());
      work.delete();
    }
  }

  @Test
  void anotherReportIsNotItsOwn() throws Exception {
    Path output = folder.resolve("out").toAbsolutePath();
    CompressionReport report = run("svd", output);
    try (var work = begun(output)) {
      FinishedRun.note(work, report.plan(), new byte[] {1});
      assertThat(FinishedRun.find(work)).isEmpty();
      work.delete();
    }
  }
}
