package io.compot.pipeline.work;

import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.GramStore;
import io.compot.calibration.PrefixCalibration;
import io.compot.calibration.StateStore;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.journal.WorkFolder;
import io.compot.method.Need;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.pipeline.check.CheckedInputs;
import io.compot.pipeline.pass.BlockPass;
import io.compot.pipeline.pass.Groundwork;
import io.compot.pipeline.pass.PrefixPass;
import io.compot.pipeline.pass.WorkUnits;
import io.compot.plan.LayerTask;
import io.compot.plan.Plan;
import io.compot.plan.PlannedProjection;
import io.compot.progress.Progress;
import io.compot.progress.Run;
import io.compot.progress.Stage;
import io.compot.recipe.CompressionSettings;
import io.compot.result.LayerReport;
import io.compot.tensor.Whitening;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The work itself, block by block: observe the inputs, whiten once for each Gram matrix, factorise,
 * write each projection's factors to a file of its own.
 */
public final class BlockWork {

  private static final String STAGE = "compress";

  /** How firmly targets hold on to the weights; from 1e-6 to 1e-1 results hardly differ. */
  private static final double RIDGE = 1e-3;

  private final CheckedInputs job;
  private final CompressionSettings settings;
  private final WorkFolder work;
  private final RecordBatch finished;
  private final Map<String, Path> metrics;
  private final @Nullable GramStore grams;
  private final Map<String, PlannedProjection> planned = new LinkedHashMap<>();
  private final Map<String, Path> factorFiles = new LinkedHashMap<>();
  private final Map<String, LayerReport> reports = new HashMap<>();
  private final WorkNotices notices = new WorkNotices();

  /**
   * Work for a plan.
   *
   * @param work for everything on the way, and what an earlier process has left of it
   * @param ground has files of the projections' output metrics, none for methods that work on the
   *     original's inputs alone, and Gram matrices that were computed before
   */
  public BlockWork(
      CheckedInputs job,
      Plan plan,
      CompressionSettings settings,
      WorkFolder work,
      Groundwork ground) {
    this.job = job;
    this.metrics = ground.metrics();
    this.grams = ground.grams();
    this.settings = settings;
    this.work = work;
    this.finished = new RecordBatch(work);
    for (PlannedProjection projection : plan.projections()) {
      if (projection.compressed()) {
        planned.put(projection.name(), projection);
      }
    }
  }

  /** Where each compressed projection's factors lie, once the work is done. */
  public Map<String, Path> factorFiles() {
    return factorFiles;
  }

  /** Does all blocks up to the last that has something to compress. */
  public List<LayerReport> run(Run run) throws CompotException {
    CalibrationSamples samples = job.samples();
    Set<String> missing = missing();
    var pass = new BlockPass(job.architecture(), job.checkpoint(), missing, grams);
    long units = pass.units(samples);
    for (String name : missing) {
      units += factoriseUnits(Objects.requireNonNull(planned.get(name)));
    }
    var states = new StateStore(work, STAGE, 0);
    try (var stage = run.stage(STAGE, units);
        finished) {
      notices.shortage(planned.values(), samples, stage);
      if (!reports.isEmpty()) {
        stage.tell(
            new Progress.Notice(
                "resumed: %d of %d projections are compressed already"
                    .formatted(reports.size(), planned.size())));
      }
      boolean prefix = needs(Need.PREFIX);
      if (samples != null && prefix) {
        new PrefixPass(
                job.architecture(), job.checkpoint(), planned.keySet(), needs(Need.ORIGINAL_GRAM))
            .run(samples, job.type(), missing, states, stage, new Prefix(stage));
      } else {
        pass.run(samples, job.type(), states, stage, new Plain(stage));
      }
      notices.rescues(stage);
    }
    return planned.keySet().stream()
        .map(name -> Objects.requireNonNull(reports.get(name)))
        .toList();
  }

  /** Projections whose factors no earlier process has left. */
  private Set<String> missing() throws CompotException {
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

  private static String object(String name) {
    return "factors/" + name + ".safetensors";
  }

  /** On the original's inputs. */
  private final class Plain implements BlockPass.Visitor {

    private final Stage stage;

    Plain(Stage stage) {
      this.stage = stage;
    }

    @Override
    public void visit(SharedInput input, @Nullable Whitening whitening, double unit, String where)
        throws CompotException {
      factorise(input, Given.of(whitening), stage, where);
    }

    @Override
    public void finished(Map<Whitening.Step, List<String>> repaired) throws CompotException {
      finished.record();
      notices.repairs(repaired, stage);
    }
  }

  /** Beside the compressed prefix. */
  private final class Prefix implements PrefixPass.Visitor {

    private final Stage stage;

    Prefix(Stage stage) {
      this.stage = stage;
    }

    @Override
    public void visit(
        SharedInput input, Whitening whitening, PrefixCalibration.Inputs seen, String where)
        throws CompotException {
      var original = seen.original();
      try (var before = original == null ? null : Whitening.of(original.matrix(), seen.name())) {
        factorise(input, new Given(whitening, before, w -> seen.target(w, RIDGE)), stage, where);
      }
    }

    @Override
    public void finished(Map<Whitening.Step, List<String>> repaired) throws CompotException {
      finished.record();
      notices.repairs(repaired, stage);
    }

    /** As they are on disk, so that a resumed run has the very same. */
    @Override
    public Map<String, Packed> factors(SharedInput input) throws CompotException {
      Map<String, Packed> factors = new HashMap<>();
      boolean whole = false;
      try {
        for (Projection projection : input.projections()) {
          String name = projection.name();
          Path file = factorFiles.get(name);
          if (file != null) {
            Form form = Objects.requireNonNull(planned.get(name)).form().orElseThrow();
            factors.put(name, FactorFile.read(file, name, form, projection.in(), projection.out()));
          }
        }
        whole = true;
        return factors;
      } finally {
        if (!whole) {
          factors.values().forEach(Packed::close);
        }
      }
    }
  }

  /**
   * What there is of an input.
   *
   * @param whitening null without calibration
   * @param original where {@code whitening} is of the compressed prefix, and somebody wants it
   * @param target in place of a weight
   */
  private record Given(
      @Nullable Whitening whitening, @Nullable Whitening original, UnaryOperator<Tensor> target) {

    static Given of(@Nullable Whitening whitening) {
      return new Given(whitening, null, UnaryOperator.identity());
    }
  }

  /** Whether anything that will be made needs it. */
  private boolean needs(Need one) {
    return planned.values().stream().anyMatch(each -> each.maker().needs(one));
  }

  private void factorise(SharedInput input, Given given, Stage stage, String where)
      throws CompotException {
    for (Projection projection : input.projections()) {
      PlannedProjection plan = planned.get(projection.name());
      if (plan == null || reports.containsKey(plan.name())) {
        continue;
      }
      stage.safePoint();
      LayerTask task = task(plan);
      stage.advance(where + ": " + plan.name(), 0);
      LayerReport report =
          LayerWorker.run(
              task,
              projection,
              job.checkpoint(),
              metrics.get(plan.name()),
              given.whitening(),
              given.original(),
              given.target());
      finished.add(new WorkFolder.Finished(object(plan.name()), report));
      reports.put(plan.name(), report);
      notices.rescued(report);
      factorFiles.put(plan.name(), task.output());
      stage.tell(
          new Progress.LayerFinished(
              plan.name(),
              reports.size(),
              planned.size(),
              report.size(),
              report.error(),
              report.seconds()));
      stage.advance(where + ": " + plan.name(), factoriseUnits(plan));
    }
  }

  private LayerTask task(PlannedProjection plan) throws FailureException {
    return new LayerTask(
        plan.name(),
        plan.maker(),
        plan.form().orElseThrow(),
        plan.stored(),
        plan.bitsBefore(),
        plan.fate().why(),
        LayerTask.seed(settings.seed(), plan.name()),
        Map.of(),
        work.file(object(plan.name())));
  }

  private static long factoriseUnits(PlannedProjection plan) {
    return WorkUnits.factorise(plan.maker(), plan.in(), plan.out(), plan.form().orElseThrow());
  }
}
