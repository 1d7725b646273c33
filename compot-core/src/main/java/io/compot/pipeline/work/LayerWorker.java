package io.compot.pipeline.work;

import io.compot.error.CompotException;
import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.form.codec.Codecs;
import io.compot.method.CompressionMethod;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.Need;
import io.compot.model.Projection;
import io.compot.pipeline.pass.LibraryFailure;
import io.compot.pipeline.pass.OutputMetrics;
import io.compot.plan.BitCount;
import io.compot.plan.LayerTask;
import io.compot.result.LayerReport;
import io.compot.safetensors.SafetensorsFile;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.nio.file.Path;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Does layer tasks: factorises one weight and writes its factors to the task's file. */
final class LayerWorker {

  /** How firmly targets hold on to the weights; from 1e-6 to 1e-1 results hardly differ. */
  static final double RIDGE = 1e-3;

  private LayerWorker() {}

  /**
   * Does a task that has files for all its inputs, whoever made them.
   *
   * @throws CompotException naming the projection, or the file that is not what the task says
   */
  static LayerReport run(LayerTask task) throws CompotException {
    try (var _ = TensorScope.open();
        var given = TaskFiles.read(task)) {
      return run(task, given.problem());
    }
  }

  /**
   * Does a task whose inputs are at hand.
   *
   * @param projection of the task
   * @param weights hold the projection's
   * @param metric file of the output metric, of methods that have one; null for others
   * @param whitening of the projection's input; null where the method ran without calibration
   * @param original whitening of the input in the original model, where the other is of what comes
   *     through the compressed prefix; else null
   * @param target from the weight to what makes up for the compressed prefix, of the same shape;
   *     for methods that take it
   * @throws CompotException naming the projection
   */
  static LayerReport run(
      LayerTask task,
      Projection projection,
      WeightSource weights,
      @Nullable Path metric,
      @Nullable Whitening whitening,
      @Nullable Whitening original,
      UnaryOperator<Tensor> target)
      throws CompotException {
    CompressionMethod method = task.method();
    try (var _ = TensorScope.open();
        var metrics = metric == null ? null : SafetensorsFile.open(metric)) {
      Tensor weight = projection.weight(weights);
      return run(
          task,
          new LayerProblem(
              task.name(),
              weight,
              whitening,
              task.stored(),
              task.seed(),
              metrics == null ? null : metrics.tensor(OutputMetrics.TENSOR),
              method.needs(Need.ORIGINAL_GRAM) ? original : null,
              method.takesTarget() ? target.apply(weight) : weight));
    } catch (RuntimeException e) {
      throw LibraryFailure.of(task.name(), "cannot be factorised", e);
    }
  }

  /** Does a task of which this is the problem. */
  static LayerReport run(LayerTask task, LayerProblem problem) throws CompotException {
    long start = System.nanoTime();
    try (var _ = TensorScope.open();
        Factorisation result = task.method().factorise(problem, task.form())) {
      FactorFile.write(task.output(), task.name(), result.factors());
      return report(task, problem, result, (System.nanoTime() - start) / 1e9);
    } catch (RuntimeException e) {
      throw LibraryFailure.of(task.name(), "cannot be factorised", e);
    }
  }

  /** Methods that take a step of their own add nothing. */
  private static double damping(@Nullable Whitening whitening, String taken) {
    return whitening != null && whitening.step().label().equals(taken) ? whitening.damping() : 0;
  }

  private static LayerReport report(
      LayerTask task, LayerProblem problem, Factorisation result, double seconds) {
    Packed packed = result.factors();
    Form form = packed.form();
    var whitened = result.whitenedError();
    var ofTarget = result.targetError();
    return new LayerReport(
        task.name(),
        task.method().name(),
        problem.in(),
        problem.out(),
        Codecs.id(form),
        form.words(),
        Codecs.facts(form),
        packed.bits(),
        Codecs.bitsByPart(form, packed.in(), packed.out()),
        new BitCount(task.before(), packed.bits()).removed(),
        task.why(),
        new LayerReport.RelativeError(
            whitened.isPresent() ? whitened.getAsDouble() : null,
            result.weightError(),
            ofTarget.isPresent() ? ofTarget.getAsDouble() : null),
        result.iterations(),
        result.iterationErrors(),
        result.spectrum().orElse(null),
        seconds,
        result.whitening(),
        damping(problem.whitening(), result.whitening()),
        result.rescued());
  }
}
