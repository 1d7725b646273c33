package io.compot.pipeline.work;

import io.compot.calibration.Gram;
import io.compot.calibration.PairedInputs;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.journal.ObjectFile;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.pipeline.pass.SharedInputs;
import io.compot.pipeline.task.FactoriseTask;
import io.compot.pipeline.task.PairedSums;
import io.compot.plan.LayerTask;
import io.compot.result.LayerReport;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** Does {@link FactoriseTask factorisations} whose inputs are a model and files. */
public final class FactorWorker {

  private FactorWorker() {}

  /** Does one; its factors' file appears whole, whoever else makes it at the same time. */
  public static FactoriseTask.Factorised run(FactoriseTask task) throws CompotException {
    LayerTask layer = task.layer();
    Path place = layer.output();
    LayerTask own = layer.to(ObjectFile.unshared(place));
    try (ModelSource checkpoint = task.premises().open();
        var _ = TensorScope.open()) {
      SharedInput input = SharedInputs.holding(Architecture.of(checkpoint), layer.name());
      Projection projection = SharedInputs.projection(input, layer.name());
      var done =
          task.paired() == null
              ? plain(task, own, input, projection, checkpoint)
              : paired(task.paired(), own, input, projection, checkpoint, task.metric());
      publish(own.output(), place);
      return done;
    } finally {
      remove(own.output());
    }
  }

  private static FactoriseTask.Factorised plain(
      FactoriseTask task,
      LayerTask own,
      SharedInput input,
      Projection projection,
      ModelSource checkpoint)
      throws CompotException {
    var gram = task.gram();
    try (var whitening = gram == null ? null : whitening(gram.read(input.first().name()), input)) {
      LayerReport report =
          LayerWorker.run(
              own,
              projection,
              checkpoint,
              task.metric(),
              whitening,
              null,
              UnaryOperator.<Tensor>identity());
      return new FactoriseTask.Factorised(report, whitening == null ? null : whitening.step());
    }
  }

  private static Whitening whitening(Gram observed, SharedInput input) throws FailureException {
    try (var gram = observed) {
      return Whitening.of(gram.matrix(), input.first().name());
    }
  }

  private static FactoriseTask.Factorised paired(
      PairedSums sums,
      LayerTask own,
      SharedInput input,
      Projection projection,
      ModelSource checkpoint,
      @Nullable Path metric)
      throws CompotException {
    String name = input.first().name();
    try (PairedInputs seen = seen(sums, input);
        var whitening = Whitening.of(seen.gram().matrix(), name);
        var before =
            seen.original() == null ? null : Whitening.of(seen.original().matrix(), name)) {
      LayerReport report =
          LayerWorker.run(
              own,
              projection,
              checkpoint,
              metric,
              whitening,
              before,
              weight -> seen.target(weight, LayerWorker.RIDGE));
      return new FactoriseTask.Factorised(report, whitening.step());
    }
  }

  private static PairedInputs seen(PairedSums sums, SharedInput input) throws FailureException {
    String name = input.first().name();
    var gram = sums.gram().gram(name, 0);
    boolean whole = false;
    try {
      Tensor drift = sums.drift().read();
      var seen =
          PairedInputs.of(
              input,
              gram,
              drift,
              sums.tokens(),
              sums.original() == null ? null : sums.original().gram(name, 0));
      whole = true;
      return seen;
    } finally {
      if (!whole) {
        gram.close();
      }
    }
  }

  private static void publish(Path made, Path place) throws FailureException {
    try {
      Files.move(made, place, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new FailureException(
          place + ": cannot be written (" + e.getMessage() + "); check space and permissions", e);
    }
  }

  private static void remove(Path file) throws FailureException {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new FailureException(
          file + ": cannot be removed (" + e.getMessage() + "); check permissions", e);
    }
  }
}
