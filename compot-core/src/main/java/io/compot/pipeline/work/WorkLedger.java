package io.compot.pipeline.work;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.journal.WorkFolder;
import io.compot.pipeline.pass.WorkUnits;
import io.compot.plan.LayerTask;
import io.compot.plan.Plan;
import io.compot.plan.PlannedProjection;
import io.compot.progress.Progress;
import io.compot.progress.Stage;
import io.compot.result.LayerReport;
import io.compot.tensor.Whitening;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** What is to be compressed, and what of it is done: here, in the journal, and for people. */
final class WorkLedger implements AutoCloseable {

  private final WorkFolder work;
  private final long seed;
  private final RecordBatch finished;
  private final Map<String, PlannedProjection> planned = new LinkedHashMap<>();
  private final Map<String, Path> factorFiles = new LinkedHashMap<>();
  private final Map<String, LayerReport> reports = new HashMap<>();
  private final WorkNotices notices = new WorkNotices();

  /**
   * Of a plan.
   *
   * @param work for the factors, and what an earlier process has left of them
   * @param seed of the whole work
   */
  WorkLedger(Plan plan, WorkFolder work, long seed) {
    this.work = work;
    this.seed = seed;
    this.finished = new RecordBatch(work);
    for (PlannedProjection projection : plan.projections()) {
      if (projection.compressed()) {
        planned.put(projection.name(), projection);
      }
    }
  }

  /** All that is to have factors. */
  Collection<PlannedProjection> planned() {
    return planned.values();
  }

  /** One of them. */
  PlannedProjection planned(String name) {
    return Objects.requireNonNull(planned.get(name), name);
  }

  /** Their names. */
  Set<String> names() {
    return planned.keySet();
  }

  WorkNotices notices() {
    return notices;
  }

  /** Where factors lie, by projection. */
  Map<String, Path> factorFiles() {
    return factorFiles;
  }

  /** Looks for what an earlier process has done, and says which projections have no factors. */
  Set<String> missing() throws CompotException {
    Set<String> missing = new LinkedHashSet<>();
    for (String name : planned.keySet()) {
      var found = work.find(object(name), LayerReport.class);
      if (found.isPresent()) {
        reports.put(name, found.get());
        factorFiles.put(name, work.file(object(name)));
      } else {
        missing.add(name);
      }
    }
    return missing;
  }

  /** How many have factors. */
  int count() {
    return reports.size();
  }

  private static String object(String name) {
    return "factors/" + name + ".safetensors";
  }

  /** What there is to do for a projection; empty where it is to have no factors. */
  Optional<LayerTask> task(String name) throws FailureException {
    PlannedProjection plan = planned.get(name);
    if (plan == null) {
      return Optional.empty();
    }
    return Optional.of(
        new LayerTask(
            name,
            plan.maker(),
            form(plan),
            plan.stored(),
            plan.bitsBefore(),
            plan.fate().why(),
            LayerTask.seed(seed, name),
            Map.of(),
            work.file(object(name)).toAbsolutePath()));
  }

  /** The same where its factors are missing. */
  Optional<LayerTask> left(String name) throws FailureException {
    return reports.containsKey(name) ? Optional.empty() : task(name);
  }

  /** A projection has factors now. */
  void done(LayerTask task, LayerReport report, Stage stage, String where) throws FailureException {
    String name = task.name();
    finished.add(new WorkFolder.Finished(object(name), report));
    reports.put(name, report);
    notices.rescued(report);
    factorFiles.put(name, task.output());
    stage.tell(
        new Progress.LayerFinished(
            name, reports.size(), planned.size(), report.size(), report.error(), report.seconds()));
    stage.advance(where + ": " + name, units(name));
  }

  /**
   * Some inputs are done: the journal says so.
   *
   * @param repaired first projections of those that a plain Cholesky factor could not whiten
   */
  void finished(Map<Whitening.Step, List<String>> repaired, Stage stage) throws FailureException {
    finished.record();
    notices.repairs(repaired, stage);
  }

  /** Units of time that a projection's factors take. */
  long units(String name) {
    PlannedProjection plan = planned(name);
    return WorkUnits.factorise(plan.maker(), plan.in(), plan.out(), form(plan));
  }

  static Form form(PlannedProjection plan) {
    return plan.form().orElseThrow();
  }

  /** What was done, in the plan's order. */
  List<LayerReport> reports() {
    return planned.keySet().stream()
        .map(name -> Objects.requireNonNull(reports.get(name)))
        .toList();
  }

  /** Records what waits to be, however the work ends. */
  @Override
  public void close() throws FailureException {
    finished.close();
  }
}
