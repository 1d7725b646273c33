package io.compot.pipeline.work;

import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.GramStore;
import io.compot.calibration.PrefixCalibration;
import io.compot.error.CompotException;
import io.compot.journal.WorkFolder;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.pipeline.check.CheckedInputs;
import io.compot.pipeline.pass.CrewPrefix;
import io.compot.pipeline.task.CrewJob;
import io.compot.pipeline.task.FactoriseTask;
import io.compot.pipeline.task.PairedSums;
import io.compot.pipeline.task.StoredGram;
import io.compot.plan.LayerTask;
import io.compot.progress.Stage;
import io.compot.tensor.Whitening;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The factorisations of a model with one stack, by a crew: one task a projection. */
record CrewWork(
    CrewJob crew,
    CheckedInputs job,
    WorkLedger ledger,
    Map<String, Path> metrics,
    WorkFolder work,
    Stage stage) {

  /** Gives what there is of an input. */
  @FunctionalInterface
  private interface Sums {
    FactoriseTask with(LayerTask layer, SharedInput input) throws CompotException;
  }

  /**
   * On the original's inputs: all projections at once.
   *
   * @param grams null without calibration
   */
  void plain(@Nullable GramStore grams) throws CompotException {
    factorise(
        "factors",
        job.architecture().projections().toList(),
        (layer, input) ->
            new FactoriseTask(
                crew.premises(),
                layer,
                StoredGram.in(grams, input),
                metrics.get(layer.name()),
                null));
  }

  /**
   * Through the compressed prefix, block by block from the front.
   *
   * @param missing projections without factors
   * @param originals whether the original's Gram matrices are wanted too
   */
  void beside(CalibrationSamples samples, Set<String> missing, boolean originals)
      throws CompotException {
    var prefix =
        new CrewPrefix(crew, job.architecture(), job.checkpoint(), samples, work, originals, stage);
    for (int block = prefix.begin(missing); block < prefix.blocks(); block++) {
      List<LayerTask> done = new ArrayList<>();
      List<SharedInput> wanted =
          prefix.inputs(block).stream().filter(input -> any(input, ledger.names())).toList();
      for (List<SharedInput> together : PrefixCalibration.stages(wanted)) {
        stage.safePoint();
        var left = together.stream().filter(input -> any(input, missing)).toList();
        if (!left.isEmpty()) {
          Map<String, PairedSums> sums = prefix.observe(block, left, done);
          factorise(
              prefix.where(block),
              left,
              (layer, input) ->
                  new FactoriseTask(
                      crew.premises(),
                      layer,
                      null,
                      metrics.get(layer.name()),
                      Objects.requireNonNull(sums.get(input.first().name()))));
          prefix.discard(sums.values());
        }
        for (SharedInput input : together) {
          for (Projection projection : input.projections()) {
            ledger.task(projection.name()).ifPresent(done::add);
          }
        }
      }
      prefix.advance(block, done);
    }
    prefix.discard();
  }

  private static boolean any(SharedInput input, Set<String> names) {
    return input.projections().stream().anyMatch(each -> names.contains(each.name()));
  }

  private void factorise(String where, List<SharedInput> inputs, Sums sums) throws CompotException {
    List<FactoriseTask> tasks = new ArrayList<>();
    Map<String, SharedInput> input = new HashMap<>();
    for (SharedInput each : inputs) {
      for (Projection projection : each.projections()) {
        Optional<LayerTask> left = ledger.left(projection.name());
        if (left.isPresent()) {
          CrewJob.sendable(left.get().method());
          tasks.add(sums.with(left.get(), each));
          input.put(projection.name(), each);
        }
      }
    }
    Map<String, Whitening.Step> steps = new HashMap<>();
    crew.run(
        where,
        tasks,
        stage.stop(),
        (_, task, made) -> {
          ledger.done(task.layer(), made.report(), stage, where);
          Whitening.Step step = made.step();
          if (step != null) {
            steps.put(Objects.requireNonNull(input.get(task.layer().name())).first().name(), step);
          }
        });
    ledger.finished(repaired(inputs, steps), stage);
  }

  /** Inputs that a plain Cholesky factor could not whiten, in their order. */
  private static Map<Whitening.Step, List<String>> repaired(
      List<SharedInput> inputs, Map<String, Whitening.Step> steps) {
    var repaired = new EnumMap<Whitening.Step, List<String>>(Whitening.Step.class);
    for (SharedInput each : inputs) {
      String name = each.first().name();
      var step = steps.get(name);
      if (step != null && step != Whitening.Step.CHOLESKY) {
        repaired.computeIfAbsent(step, _ -> new ArrayList<>()).add(name);
      }
    }
    return repaired;
  }
}
