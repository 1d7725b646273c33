package io.compot.pipeline.work;

import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.GramStore;
import io.compot.calibration.PairedInputs;
import io.compot.calibration.StateStore;
import io.compot.error.CompotException;
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
import io.compot.pipeline.task.CrewJob;
import io.compot.plan.LayerTask;
import io.compot.plan.Plan;
import io.compot.progress.Progress;
import io.compot.progress.Run;
import io.compot.progress.Stage;
import io.compot.recipe.CompressionSettings;
import io.compot.result.LayerReport;
import io.compot.tensor.Whitening;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  private final CheckedInputs job;
  private final WorkFolder work;
  private final WorkLedger ledger;
  private final Map<String, Path> metrics;
  private final @Nullable GramStore grams;
  private final @Nullable CrewJob crew;

  /**
   * Work for a plan.
   *
   * @param work for everything on the way, and what an earlier process has left of it
   * @param ground has files of the projections' output metrics, none for methods that work on the
   *     original's inputs alone, and Gram matrices that were computed before
   * @param crew who factorises; null for this process
   */
  public BlockWork(
      CheckedInputs job,
      Plan plan,
      CompressionSettings settings,
      WorkFolder work,
      Groundwork ground,
      @Nullable CrewJob crew) {
    this.job = job;
    this.work = work;
    this.ledger = new WorkLedger(plan, work, settings.seed());
    this.metrics = ground.metrics();
    this.grams = ground.grams();
    this.crew = crew;
  }

  /** Where each compressed projection's factors lie, once the work is done. */
  public Map<String, Path> factorFiles() {
    return ledger.factorFiles();
  }

  /** Does all blocks up to the last that has something to compress. */
  public List<LayerReport> run(Run run) throws CompotException {
    CalibrationSamples samples = job.samples();
    Set<String> missing = ledger.missing();
    var pass = new BlockPass(job.architecture(), job.checkpoint(), missing, grams);
    long units = pass.units(samples) + missing.stream().mapToLong(ledger::units).sum();
    try (var stage = run.stage(STAGE, units);
        ledger) {
      ledger.notices().shortage(ledger.planned(), samples, stage);
      if (ledger.count() > 0) {
        stage.tell(
            new Progress.Notice(
                "resumed: %d of %d projections are compressed already"
                    .formatted(ledger.count(), ledger.names().size())));
      }
      boolean prefix = needs(Need.PREFIX);
      if (crew != null && samples != null && prefix) {
        byCrew(crew, stage).beside(samples, missing, needs(Need.ORIGINAL_GRAM));
      } else if (crew != null && (samples == null || grams != null)) {
        byCrew(crew, stage).plain(samples == null ? null : grams);
      } else {
        alone(samples, prefix, pass, missing, stage);
      }
      ledger.notices().rescues(stage);
    }
    return ledger.reports();
  }

  private CrewWork byCrew(CrewJob others, Stage stage) {
    return new CrewWork(others, job, ledger, metrics, work, stage);
  }

  private void alone(
      @Nullable CalibrationSamples samples,
      boolean prefix,
      BlockPass pass,
      Set<String> missing,
      Stage stage)
      throws CompotException {
    var states = new StateStore(work, STAGE, 0);
    if (samples != null && prefix) {
      new PrefixPass(
              job.architecture(), job.checkpoint(), ledger.names(), needs(Need.ORIGINAL_GRAM))
          .run(samples, job.type(), missing, states, stage, new Prefix(stage));
    } else {
      pass.run(samples, job.type(), states, stage, new Plain(stage));
    }
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
      ledger.finished(repaired, stage);
    }
  }

  /** Beside the compressed prefix. */
  private final class Prefix implements PrefixPass.Visitor {

    private final Stage stage;

    Prefix(Stage stage) {
      this.stage = stage;
    }

    @Override
    public void visit(SharedInput input, Whitening whitening, PairedInputs seen, String where)
        throws CompotException {
      var original = seen.original();
      try (var before = original == null ? null : Whitening.of(original.matrix(), seen.name())) {
        factorise(
            input,
            new Given(whitening, before, w -> seen.target(w, LayerWorker.RIDGE)),
            stage,
            where);
      }
    }

    @Override
    public void finished(Map<Whitening.Step, List<String>> repaired) throws CompotException {
      ledger.finished(repaired, stage);
    }

    /** As they are on disk, so that a resumed run has the very same. */
    @Override
    public Map<String, Packed> factors(SharedInput input) throws CompotException {
      Map<String, Packed> factors = new HashMap<>();
      boolean whole = false;
      try {
        for (Projection projection : input.projections()) {
          String name = projection.name();
          Path file = ledger.factorFiles().get(name);
          if (file != null) {
            Form form = WorkLedger.form(ledger.planned(name));
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
    return ledger.planned().stream().anyMatch(each -> each.maker().needs(one));
  }

  private void factorise(SharedInput input, Given given, Stage stage, String where)
      throws CompotException {
    for (Projection projection : input.projections()) {
      String name = projection.name();
      Optional<LayerTask> left = ledger.left(name);
      if (left.isEmpty()) {
        continue;
      }
      stage.safePoint();
      stage.advance(where + ": " + name, 0);
      LayerTask task = left.get();
      LayerReport report =
          LayerWorker.run(
              task,
              projection,
              job.checkpoint(),
              metrics.get(name),
              given.whitening(),
              given.original(),
              given.target());
      ledger.done(task, report, stage, where);
    }
  }
}
