package io.compot.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.Compression;
import io.compot.journal.Fingerprint;
import io.compot.journal.Resume;
import io.compot.journal.WorkFolder;
import io.compot.plan.Fate;
import io.compot.plan.Plan;
import io.compot.result.CompressionReport;
import io.compot.result.ReportFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a process noted before its output got its place, another one finds. */
class NotedPlanTest {

  private static final Path MODEL = Path.of("..", "demo", "model");

  @TempDir private Path folder;

  @Test
  void aPlanOfSeveralMethodsAndFatesIsReadBackAsItWas() throws Exception {
    Path recipe = folder.resolve("several.yaml");
    Files.writeString(
        recipe,
        """
        method: svd
        ratio: 0.3
        exclude: layers.1.mlp
        overrides:
          - {match: layers.0.mlp, skip: true}
          - {match: down_proj, ratio: 0.5}
        """);
    Path output = folder.resolve("out");
    CompressionReport report = Compression.of(MODEL).recipe(recipe).output(output).run();
    Plan plan = report.plan();
    assertThat(plan.projections().stream().<Class<?>>map(each -> each.fate().getClass()))
        .contains(Fate.Excluded.class, Fate.Replaced.class);
    byte[] text = Files.readAllBytes(output.resolve(ReportFiles.JSON_NAME));
    try (var work = WorkFolder.take(output.toAbsolutePath())) {
      work.begin("compress", new Fingerprint(Map.of(), Map.of()), Resume.AUTO);
      FinishedRun.note(work, plan, text);
    }
    try (var work = WorkFolder.take(output.toAbsolutePath())) {
      work.begin("compress", new Fingerprint(Map.of(), Map.of()), Resume.AUTO);
      CompressionReport found = FinishedRun.find(work).orElseThrow();
      assertThat(found.plan()).isEqualTo(plan);
      work.delete();
    }
  }
}
