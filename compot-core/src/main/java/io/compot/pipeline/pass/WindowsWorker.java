package io.compot.pipeline.pass;

import io.compot.calibration.PartOfPass;
import io.compot.calibration.SumFile;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.journal.ObjectFile;
import io.compot.model.Architecture;
import io.compot.model.WeightLoader;
import io.compot.pipeline.task.ObserveTask;
import io.compot.pipeline.task.SumTask;
import io.compot.tensor.NativeLibraries;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;

/** Takes windows through blocks, and adds up what others have summed of theirs. */
public final class WindowsWorker {

  private WindowsWorker() {}

  /** Sums a part's Gram matrices. */
  public static ObserveTask.Observed run(ObserveTask task) throws CompotException {
    try (ModelSource checkpoint = task.premises().open()) {
      var stack = Architecture.of(checkpoint).decoder();
      var inputs = SharedInputs.named(stack, task.block(), task.grams());
      var loader = WeightLoader.of(checkpoint, task.premises().type());
      var observed =
          new PartOfPass(stack, loader, task.lengths())
              .observe(
                  task.block(), task.before(), task.behind(), new ArrayList<>(inputs.keySet()));
      Map<String, Long> tokens = new LinkedHashMap<>();
      try (observed) {
        for (var each : observed.grams().entrySet()) {
          SumFile file = Objects.requireNonNull(inputs.get(each.getKey()));
          file.write(each.getValue().matrix());
          tokens.put(each.getKey().first().name(), each.getValue().tokens());
        }
        return new ObserveTask.Observed(observed.behind(), tokens);
      }
    }
  }

  /** Adds up sums. */
  public static ObjectFile.Written run(SumTask task) throws CompotException {
    NativeLibraries.load();
    try (var _ = TensorScope.open();
        Tensor sum = SumFile.sum(task.parts())) {
      return task.into().write(sum);
    }
  }
}
