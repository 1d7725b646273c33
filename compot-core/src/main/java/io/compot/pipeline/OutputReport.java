package io.compot.pipeline;

import io.compot.calibration.CalibrationSamples;
import io.compot.checkpoint.ModelSource;
import io.compot.checkpoint.OutputFolder;
import io.compot.checkpoint.ProtectedPaths;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.journal.WorkFolder;
import io.compot.plan.Plan;
import io.compot.progress.Run;
import io.compot.recipe.CompressionSettings;
import io.compot.recipe.Recipe;
import io.compot.result.CompressionReport;
import io.compot.result.LayerReport;
import io.compot.result.ReportFiles;
import io.compot.tensor.Dtype;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What every output says of how it was made, whatever was done to the weights.
 *
 * @param samples calibration; null where there was none
 * @param type of the passes
 * @param texts the calibration's files by what they are
 * @param inputs digests of all inputs
 */
public record OutputReport(
    Path model,
    CompressionSettings settings,
    @Nullable CalibrationSamples samples,
    Dtype type,
    Map<Path, String> texts,
    Map<String, String> inputs) {

  /** Digests of calibration and model. */
  public static Map<String, String> inputs(Map<Path, String> texts, ModelSource checkpoint)
      throws InputException {
    var inputs = new LinkedHashMap<String, String>();
    texts.forEach((file, digest) -> inputs.put(file.getFileName().toString(), digest));
    inputs.putAll(checkpoint.digests());
    return inputs;
  }

  /**
   * Refuses an output in the place of an input.
   *
   * @param kept other files that it must leave alone
   */
  public static void requireApart(
      Path model, CompressionSettings settings, List<Path> kept, Path output)
      throws UsageException {
    ProtectedPaths.of(model)
        .and("the calibration text", settings.calibration())
        .and("a file in use,", kept)
        .requireApart(output);
  }

  /** Writes report and recipe beside the weights, and gives the output its place. */
  public CompressionReport commit(
      OutputFolder folder,
      WorkFolder work,
      Plan plan,
      List<LayerReport> layers,
      Run run,
      MemoryWatch watch)
      throws CompotException {
    var took =
        CompressionReport.Run.ended(
            run.seconds(), watch.peakByStage(), watch.peak(), work.seconds());
    var report = Reports.of(model, settings, samples, type, plan, layers, inputs, took);
    String recipe = Recipe.effectiveText(settings, samples, type, texts);
    folder.write(Recipe.NAME, recipe.getBytes(StandardCharsets.UTF_8));
    Map<String, byte[]> reports = ReportFiles.of(report, model);
    for (var file : reports.entrySet()) {
      folder.write(file.getKey(), file.getValue());
    }
    FinishedRun.note(work, plan, Objects.requireNonNull(reports.get(ReportFiles.JSON_NAME)));
    folder.commit();
    return report;
  }
}
