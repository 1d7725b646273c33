package io.compot.pipeline.pass;

import io.compot.allocation.ProjectionProfile;
import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.OptionList;
import io.compot.calibration.BackwardPass;
import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.Fold;
import io.compot.calibration.Gram;
import io.compot.calibration.ObservedGradients;
import io.compot.calibration.StateStore;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.form.Form;
import io.compot.form.codec.Codecs;
import io.compot.method.LayerProblem;
import io.compot.method.Need;
import io.compot.method.Offer;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.plan.ConsideredProjection;
import io.compot.plan.LayerTask;
import io.compot.progress.Run;
import io.compot.progress.Stage;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;

/**
 * The first of two passes, for whoever asks what the loss says: backward from the last block to the
 * first, each projection's output metric is kept in a file where its method needs it, and the rise
 * of the loss is predicted for all that its method offers.
 */
public final class DamagePass {

  private static final String STAGE = "profile";

  /** Windows that tell as much of the damage as twice as many, within noise. */
  private static final int ENOUGH_WINDOWS = 64;

  /** About what a batch takes through a block, through it and back, and of the offers made then. */
  private static final long FORWARD = 1;

  private static final long BACKWARD = 3;
  private static final long OFFERS = 8;

  private final Architecture architecture;
  private final ModelSource checkpoint;
  private final long seed;

  /** A pass over all blocks. */
  public DamagePass(Architecture architecture, ModelSource checkpoint, long seed) {
    this.architecture = architecture;
    this.checkpoint = checkpoint;
    this.seed = seed;
  }

  /**
   * One profile for each candidate, in their order, with predicted rises of the loss.
   *
   * @param tables whose profiles stand behind those of the candidates
   * @param metrics receives each candidate's metric, and may hold those of an earlier process
   */
  public List<ProjectionProfile> profiles(
      List<ConsideredProjection> candidates,
      CalibrationSamples samples,
      Dtype computation,
      TableCosts tables,
      OutputMetrics metrics,
      Run run)
      throws CompotException {
    Map<String, ConsideredProjection> byName = new LinkedHashMap<>();
    Map<String, OptionList> options = new LinkedHashMap<>();
    int last = -1;
    for (ConsideredProjection each : candidates) {
      byName.put(each.name(), each);
      var found = metrics.find(each);
      found.ifPresent(list -> options.put(each.name(), list));
      last = found.isPresent() ? last : Math.max(last, before(each, samples) + each.block());
    }
    if (last >= 0 || !tables.known()) {
      var states = new StateStore(metrics.work(), STAGE, run.memory());
      var enough = samples.halved(ENOUGH_WINDOWS);
      var loader = WeightLoader.of(checkpoint, computation);
      long forward = batches(enough, architecture.decoder()); // the head
      long all = forward * FORWARD;
      for (Stack stack : enough.stacks(architecture)) {
        forward += stack.blocks() * batches(enough, stack);
        all += stack.blocks() * batches(enough, stack) * (FORWARD + BACKWARD + OFFERS);
      }
      try (var stage = run.stage(STAGE, all)) {
        var steps = new BatchSteps(stage, "forward", FORWARD, forward);
        try (var pass =
            BackwardPass.start(
                architecture,
                loader,
                enough,
                states,
                last,
                seed,
                measure -> tables.heads(loader, measure),
                steps)) {
          steps.next("forward", BACKWARD + OFFERS, done(pass, enough));
          while (pass.next() >= 0) {
            stage.safePoint();
            long batches = batches(enough, pass.stack());
            steps.next(where(pass) + ": backward", BACKWARD, batches);
            long scored = enough.of(architecture.decoder()).lengths().total();
            observe(pass, byName, metrics, options, OFFERS * batches, scored, stage);
          }
          tables.entries(loader, pass);
          pass.discard();
        }
      }
    }
    List<ProjectionProfile> profiles = new ArrayList<>();
    for (ConsideredProjection each : candidates) {
      profiles.add(profile(each, Objects.requireNonNull(options.get(each.name()))));
    }
    profiles.addAll(tables.profiles());
    return profiles;
  }

  private static long batches(CalibrationSamples samples, Stack stack) {
    return samples.of(stack).lengths().batches().size();
  }

  /** Blocks of the stacks before a projection's. */
  private int before(ConsideredProjection candidate, CalibrationSamples samples) {
    return samples.stacks(architecture).stream()
        .takeWhile(stack -> !stack.name().equals(candidate.projection().stack()))
        .mapToInt(Stack::blocks)
        .sum();
  }

  /** Batches through the blocks that an earlier process has gone back through. */
  private long done(BackwardPass pass, CalibrationSamples samples) {
    long done = (pass.stack().blocks() - 1L - pass.next()) * batches(samples, pass.stack());
    for (Stack stack : samples.stacks(architecture).reversed()) {
      if (stack.name().equals(pass.stack().name())) {
        break;
      }
      done += stack.blocks() * batches(samples, stack);
    }
    return done;
  }

  private void observe(
      BackwardPass pass,
      Map<String, ConsideredProjection> byName,
      OutputMetrics metrics,
      Map<String, OptionList> options,
      long units,
      long scored,
      Stage stage)
      throws CompotException {
    String place = where(pass);
    List<SharedInput> inputs =
        pass.stack().projections(pass.next()).stream()
            .filter(input ->
                input.projections().stream()
                    .anyMatch(p -> byName.containsKey(p.name()) && !options.containsKey(p.name())))
            .toList();
    int count = inputs.size();
    try (var observed = pass.observe(inputs)) {
      for (int i = 0; i < count; i++) {
        stage.safePoint();
        String where = place + ": " + inputs.get(i).first().name();
        stage.advance(where, 0);
        observe(inputs.get(i), pass, observed, byName, metrics, options, scored);
        stage.advance(where, units * (i + 1) / count - units * i / count);
      }
    }
    stage.advance(place, count == 0 ? units : 0);
    // What the block showed is kept before the gradient moves on: a gradient says that it is.
    pass.advance();
  }

  private String where(BackwardPass pass) {
    String stack = architecture.stacks().size() > 1 ? pass.stack().name() + " " : "";
    return stack + "block %d/%d".formatted(pass.next() + 1, pass.stack().blocks());
  }

  private void observe(
      SharedInput input,
      BackwardPass pass,
      ObservedGradients observed,
      Map<String, ConsideredProjection> byName,
      OutputMetrics metrics,
      Map<String, OptionList> options,
      long scored)
      throws CompotException {
    Map<ConsideredProjection, List<Fold>> folds = new LinkedHashMap<>();
    for (Projection projection : input.projections()) {
      ConsideredProjection candidate = byName.get(projection.name());
      if (candidate != null && !options.containsKey(candidate.name())) {
        observed.shrink(input, candidate.name());
        folds.put(candidate, observed.folds(input, candidate.name(), scored));
      }
    }
    int count = folds.values().stream().mapToInt(List::size).max().orElse(0);
    Map<String, List<Offer>> offers = new HashMap<>();
    for (int fold = 0; fold < count; fold++) {
      Gram inputs = folds.values().iterator().next().get(fold).inputs();
      try (var whitening = Whitening.of(inputs.matrix(), input.first().name())) {
        for (var each : folds.entrySet()) {
          ConsideredProjection candidate = each.getKey();
          if (candidate.free()) {
            offers.merge(
                candidate.name(),
                offers(candidate, whitening, each.getValue().get(fold), pass),
                DamagePass::mean);
          }
        }
      }
    }
    for (ConsideredProjection candidate : folds.keySet()) {
      OptionList list = list(candidate, offers.getOrDefault(candidate.name(), List.of()));
      if (candidate.method().needs(Need.OUTPUT_METRIC)) {
        var outputs = Objects.requireNonNull(observed.outputs().get(candidate.name()));
        metrics.write(candidate.name(), outputs, list);
      } else {
        metrics.note(candidate.name(), list);
      }
      options.put(candidate.name(), list);
    }
  }

  /** What was offered twice, with the mean of both rises. */
  private static List<Offer> mean(List<Offer> some, List<Offer> others) {
    record Kind(String label, Form form) {}
    Map<Kind, Offer> found = new HashMap<>();
    others.forEach(each -> found.put(new Kind(each.label(), each.form()), each));
    List<Offer> both = new ArrayList<>();
    for (Offer each : some) {
      Offer other = found.get(new Kind(each.label(), each.form()));
      if (other != null) {
        double rise = (each.rise() + other.rise()) / 2;
        both.add(new Offer(each.maker(), each.label(), each.form(), rise));
      }
    }
    return both;
  }

  private static ProjectionProfile profile(ConsideredProjection candidate, OptionList options) {
    if (!candidate.free()) {
      return candidate.profile(); // with a ratio of its own, it is not weighed against others
    }
    return candidate.profile(options);
  }

  private List<Offer> offers(
      ConsideredProjection candidate, Whitening whitening, Fold fold, BackwardPass pass)
      throws CompotException {
    try (var _ = TensorScope.open()) {
      Tensor weight = candidate.projection().weight(checkpoint);
      Dtype exact = candidate.stored() == Dtype.F64 ? Dtype.F64 : Dtype.F32;
      Tensor wide = weight.to(exact.scalarType());
      var problem =
          new LayerProblem(
              candidate.name(),
              weight,
              whitening,
              candidate.stored(),
              LayerTask.seed(seed, candidate.name()),
              fold.outputs().matrix());
      return candidate
          .method()
          .offers(
              problem,
              packed -> {
                try (var _ = TensorScope.open()) {
                  Tensor change = Codecs.dense(packed, exact).sub(wide);
                  double curvature = pass.curvature(candidate.name(), change);
                  return fold.rise().of(change) * Math.max(1, curvature);
                }
              });
    } catch (RuntimeException e) {
      throw LibraryFailure.of(candidate.name(), "cannot be profiled", e);
    }
  }

  private static OptionList list(ConsideredProjection candidate, List<Offer> offers) {
    return offers.isEmpty()
        ? OptionList.rankedByBits(List.of())
        : OptionList.rankedBy(
            ErrorMeasure.LOSS_RISE,
            offers.stream()
                .map(each -> CompressionOption.of(each, candidate.in(), candidate.out()))
                .toList());
  }
}
