package io.compot.pipeline.task;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.result.Versions;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeLibraries;
import java.nio.file.Path;
import java.util.Map;

/**
 * What decides the bytes of every task, and is to be the same wherever one is done.
 *
 * @param model folder, or file
 * @param type of the calibration passes
 * @param versions of all that computes, and its threads
 */
public record Premises(Path model, Dtype type, Map<String, String> versions) {

  public Premises {
    versions = Map.copyOf(versions);
  }

  /** Those of this process. */
  public static Premises of(Path model, Dtype type) {
    return new Premises(model.toAbsolutePath().normalize(), type, Versions.deciding());
  }

  /**
   * Opens the model, in a process that is like the one that asks for the task.
   *
   * @return owned by the caller
   * @throws CompotException where the model is not there, or this process would make other bytes
   */
  public ModelSource open() throws CompotException {
    NativeLibraries.load();
    var own = Versions.deciding();
    for (var each : versions.entrySet()) {
      String here = own.getOrDefault(each.getKey(), "nothing");
      if (!here.equals(each.getValue())) {
        throw new FailureException(
            "%s is %s in a worker and %s where the work is led, so that they would make other bytes; give all processes the same program, and OMP_NUM_THREADS the same value"
                .formatted(each.getKey(), here, each.getValue()));
      }
    }
    return Checkpoint.open(model);
  }
}
