package io.compot.pipeline.train;

import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.GramStore;
import io.compot.calibration.StateStore;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.journal.WorkFolder;
import io.compot.method.lowrank.OutputDirections;
import io.compot.model.Architecture;
import io.compot.model.SharedInput;
import io.compot.pipeline.pass.BlockPass;
import io.compot.plan.ConsideredProjection;
import io.compot.progress.Run;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * Ranks of a model's projections, trained towards a budget: a pass over the blocks finds the
 * directions of each one's outputs, then all are trained at once. Memory holds the whole model in
 * single precision, its projections as two factors of full rank.
 */
public final class TrainedRanks {

  private static final String PLACE = "ranks";

  private final Architecture architecture;
  private final ModelSource model;
  private final CalibrationSamples samples;
  private final Dtype type;
  private final long seed;

  /**
   * Of a model.
   *
   * @param architecture of a single stack
   * @param type of the pass over the blocks
   */
  public TrainedRanks(
      Architecture architecture,
      ModelSource model,
      CalibrationSamples samples,
      Dtype type,
      long seed) {
    this.architecture = architecture;
    this.model = model;
    this.samples = samples;
    this.type = type;
    this.seed = seed;
  }

  /** How often training sees a text of so many tokens. */
  public static double rounds(long tokens) {
    return RankTraining.rounds(tokens);
  }

  /** What was found, as the journal keeps it. */
  private record Ratios(Map<String, Double> of) {}

  /**
   * The part of its bits that training takes of each; what an earlier process found is used.
   *
   * @param free projections that share the budget
   * @param budget bits for all of them
   * @param grams of the inputs; null to compute them
   */
  public Map<String, Double> ratios(
      List<ConsideredProjection> free,
      long budget,
      @Nullable GramStore grams,
      WorkFolder work,
      Run run)
      throws CompotException {
    var found = work.find(PLACE, Ratios.class);
    if (found.isPresent()) {
      return found.get().of();
    }
    Map<String, ConsideredProjection> byName = new LinkedHashMap<>();
    Map<String, Gate> gates = new LinkedHashMap<>();
    for (ConsideredProjection each : free) {
      byName.put(each.name(), each);
      gates.put(each.name(), Gate.of(each));
    }
    var training =
        new RankTraining(
            architecture, model, samples.of(architecture.decoder()), gates, budget, seed);
    Map<String, GatedWeight.Directions> directions = directions(byName, grams, work, run);
    try (var stage = run.stage("train", training.steps())) {
      var ratios = new Ratios(training.run(directions, work, PLACE, stage));
      work.note(PLACE, ratios);
      return ratios.of();
    } finally {
      directions.values().forEach(GatedWeight.Directions::close);
    }
  }

  private Map<String, GatedWeight.Directions> directions(
      Map<String, ConsideredProjection> byName, @Nullable GramStore grams, WorkFolder work, Run run)
      throws CompotException {
    Map<String, GatedWeight.Directions> directions = new LinkedHashMap<>();
    var pass = new BlockPass(architecture, model, byName.keySet(), grams);
    var states = new StateStore(work, PLACE, run.memory());
    boolean whole = false;
    try (var stage = run.stage("profile", pass.units(samples))) {
      pass.run(
          samples,
          type,
          states,
          stage,
          (SharedInput input, @Nullable Whitening whitening, double _, String where) -> {
            for (var projection : input.projections()) {
              ConsideredProjection each = byName.get(projection.name());
              if (each != null) {
                stage.safePoint();
                stage.advance(where + ": " + each.name(), 0);
                directions.put(each.name(), directions(each, Objects.requireNonNull(whitening)));
              }
            }
          });
      whole = true;
      return directions;
    } finally {
      if (!whole) {
        directions.values().forEach(GatedWeight.Directions::close);
      }
    }
  }

  private GatedWeight.Directions directions(ConsideredProjection projection, Whitening whitening)
      throws CompotException {
    try (var scope = TensorScope.open()) {
      Tensor weight = projection.projection().weight(model).to(ScalarType.Double);
      Tensor left = OutputDirections.of(whitening.whiten(weight));
      Tensor right = left.t().mm(weight);
      return new GatedWeight.Directions(
          scope.own(left.to(ScalarType.Float).contiguous()),
          scope.own(right.to(ScalarType.Float).contiguous()));
    }
  }
}
