package io.compot.comparison;

import io.compot.evaluation.fidelity.HeldOutReport;
import io.compot.evaluation.result.Measurement;
import io.compot.evaluation.result.TaskProtocol;
import io.compot.result.Versions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The results of a comparison so far, with everything that one must know to get them again.
 *
 * @param versions of this program, Java and libtorch, and the number of threads
 * @param settings those that all cells share, as far as they were said or are always there
 * @param inputs SHA-256 of each file that was read
 * @param protocols how each model was measured: text, windows, tasks
 * @param rows those of each model together, in the order of the cells
 */
public record ComparisonResults(
    Map<String, String> versions,
    Map<String, String> settings,
    Map<String, String> inputs,
    Map<String, Map<String, Object>> protocols,
    List<ComparisonRow> rows) {

  public ComparisonResults {
    rows = List.copyOf(rows);
  }

  static ComparisonResults of(ComparisonSettings settings, Facts facts, ResultsJournal journal) {
    Map<String, Map<String, Object>> protocols = new LinkedHashMap<>();
    for (ComparedModel model : settings.models()) {
      journal
          .original(model.name())
          .map(OriginalRecord::heldOut)
          .ifPresent(report ->
              protocols.put(model.name(), protocol(model, settings, facts, report, journal)));
    }
    return new ComparisonResults(
        Versions.all(), facts.settings(), facts.inputs(), protocols, ordered(settings, journal));
  }

  private static Map<String, Object> protocol(
      ComparedModel model,
      ComparisonSettings settings,
      Facts facts,
      HeldOutReport report,
      ResultsJournal journal) {
    Map<String, Object> protocol = new LinkedHashMap<>();
    String text = model.heldOut().toString();
    protocol.put("text", text);
    protocol.put("sha256", facts.inputs().getOrDefault(text, ""));
    protocol.put("window", report.window());
    protocol.put("windows", report.windows());
    protocol.put("scored", report.windows() * (report.window() - 1L));
    protocol.put("computation", settings.computation().toString());
    journal
        .original(model.name())
        .map(OriginalRecord::sample)
        .ifPresent(sample -> protocol.put("prompt", sample.prompt()));
    Map<String, Object> tasks = new LinkedHashMap<>();
    for (Measurement each : journal.taskFigures(model.name() + ": " + ComparisonRow.ORIGINAL)) {
      TaskProtocol how = each.protocol();
      Map<String, Object> task = new LinkedHashMap<>();
      task.put("harness", how.harness());
      task.put("version", how.version());
      task.put("split", how.split());
      task.put("shots", how.shots());
      task.put("documents", how.documents());
      task.put("available", how.available());
      task.put("files", how.files());
      tasks.put(each.name(), task);
    }
    if (!tasks.isEmpty()) {
      protocol.put("tasks", tasks);
    }
    return protocol;
  }

  /** In the order of models and cells, whatever the order in which they came. */
  private static List<ComparisonRow> ordered(ComparisonSettings settings, ResultsJournal journal) {
    List<String> models = settings.models().stream().map(ComparedModel::name).toList();
    return journal.rows().stream()
        .filter(row -> row.original() ? models.contains(row.model()) : settings.place(row) >= 0)
        .sorted(
            Comparator.comparingInt((ComparisonRow row) -> models.indexOf(row.model()))
                .thenComparingInt(settings::place))
        .toList();
  }

  /** As one object; only what is under {@code run} differs between two runs beside times. */
  public Map<String, Object> json() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("versions", versions);
    all.put("settings", settings);
    all.put("inputs", inputs);
    all.put("protocols", protocols);
    all.put("results", rows);
    all.put("run", Map.of("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()));
    return all;
  }
}
