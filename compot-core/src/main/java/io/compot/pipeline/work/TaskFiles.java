package io.compot.pipeline.work;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.file.Sha256;
import io.compot.method.LayerProblem;
import io.compot.plan.LayerTask;
import io.compot.plan.LayerTask.Input;
import io.compot.plan.LayerTask.InputFile;
import io.compot.safetensors.SafetensorsFile;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a task is given, as files: with them a task can be done by another process. A whitening is
 * kept rather than its Gram matrix, so that it is found once for all that share an input.
 */
public final class TaskFiles {

  private static final String TENSOR = "matrix";
  private static final String STEP = "step";
  private static final String DAMPING = "damping";

  /** Whether the root is laid out row by row, or else column by column. */
  private static final String BY_ROWS = "by_rows";

  private TaskFiles() {}

  /**
   * Writes what a task is given.
   *
   * @param folder for the files, which are named after the projection
   * @return the task with its files
   */
  static LayerTask write(LayerTask task, LayerProblem problem, Path folder) throws CompotException {
    var files = new EnumMap<Input, InputFile>(Input.class);
    var given = new EnumMap<Input, Tensor>(Input.class);
    given.put(Input.WEIGHT, problem.weight());
    if (problem.hasTarget()) {
      given.put(Input.TARGET, problem.target());
    }
    if (problem.outputMetric() != null) {
      given.put(Input.OUTPUT_METRIC, problem.outputMetric());
    }
    for (var each : given.entrySet()) {
      Path file = file(folder, task, each.getKey());
      files.put(each.getKey(), write(file, each.getValue(), Map.of()));
    }
    if (problem.whitening() != null) {
      files.put(Input.WHITENING, write(folder, task, Input.WHITENING, problem.whitening()));
    }
    if (problem.original() != null) {
      Input input = Input.ORIGINAL_WHITENING;
      files.put(input, write(folder, task, input, problem.original()));
    }
    return task.with(files);
  }

  private static Path file(Path folder, LayerTask task, Input input) {
    return folder.resolve(
        task.name() + "." + input.name().toLowerCase(Locale.ROOT) + ".safetensors");
  }

  private static InputFile write(Path folder, LayerTask task, Input input, Whitening whitening)
      throws CompotException {
    try (var _ = TensorScope.open()) {
      Tensor root = whitening.root();
      boolean byRows = root.is_contiguous();
      Map<String, String> facts =
          Map.of(
              STEP,
              whitening.step().name(),
              DAMPING,
              Double.toString(whitening.damping()),
              BY_ROWS,
              Boolean.toString(byRows));
      return write(file(folder, task, input), byRows ? root : root.t(), facts);
    }
  }

  private static InputFile write(Path file, Tensor tensor, Map<String, String> facts)
      throws CompotException {
    try (var _ = TensorScope.open()) {
      Tensor whole = tensor.contiguous();
      var shape = List.of(whole.size(0), whole.size(1));
      var info = new TensorInfo(TENSOR, Dtype.of(whole), shape);
      try (var writer = new SafetensorsWriter(file, List.of(info), facts)) {
        writer.write(TENSOR, whole);
        writer.finish();
      }
    }
    return new InputFile(file, digest(file));
  }

  private static String digest(Path file) throws FailureException {
    try {
      return Sha256.of(file);
    } catch (IOException e) {
      throw new FailureException(file + ": cannot be read back (" + e.getMessage() + ")", e);
    }
  }

  /** A problem out of files; its tensors are the caller's scope's, its whitenings are its own. */
  record Opened(LayerProblem problem) implements AutoCloseable {

    @Override
    public void close() {
      close(problem.whitening());
      close(problem.original());
    }

    private static void close(@Nullable Whitening whitening) {
      if (whitening != null) {
        whitening.close();
      }
    }
  }

  /**
   * Reads what a task is given.
   *
   * @throws InputException naming the file that is not what the task says
   */
  static Opened read(LayerTask task) throws CompotException {
    Tensor weight = tensor(task, Input.WEIGHT);
    if (weight == null) {
      throw new FailureException(task.name() + ": the task names no file of its weight");
    }
    Tensor target = tensor(task, Input.TARGET);
    Tensor metric = tensor(task, Input.OUTPUT_METRIC);
    Whitening whitening = whitening(task, Input.WHITENING);
    boolean whole = false;
    try {
      Whitening original = whitening(task, Input.ORIGINAL_WHITENING);
      whole = true;
      return new Opened(
          new LayerProblem(
              task.name(),
              weight,
              whitening,
              task.stored(),
              task.seed(),
              metric,
              original,
              target == null ? weight : target));
    } finally {
      if (!whole && whitening != null) {
        whitening.close();
      }
    }
  }

  private static @Nullable Tensor tensor(LayerTask task, Input input) throws CompotException {
    InputFile file = task.inputs().get(input);
    if (file == null) {
      return null;
    }
    try (SafetensorsFile opened = open(file)) {
      return opened.tensor(TENSOR);
    }
  }

  private static @Nullable Whitening whitening(LayerTask task, Input input) throws CompotException {
    InputFile file = task.inputs().get(input);
    if (file == null) {
      return null;
    }
    try (SafetensorsFile opened = open(file);
        var scope = TensorScope.open()) {
      var facts = opened.metadata();
      var step = Whitening.Step.valueOf(facts.getOrDefault(STEP, ""));
      double damping = Double.parseDouble(facts.getOrDefault(DAMPING, ""));
      Tensor laid = opened.tensor(TENSOR);
      boolean byRows = Boolean.parseBoolean(facts.get(BY_ROWS));
      return Whitening.found(scope.own(byRows ? laid : laid.t()), step, damping);
    } catch (IllegalArgumentException e) {
      throw refused(file, "it is no whitening");
    }
  }

  private static SafetensorsFile open(InputFile file) throws CompotException {
    try {
      if (!Sha256.of(file.file()).equals(file.sha256())) {
        throw refused(file, "it is not what it was when the task was made");
      }
    } catch (IOException e) {
      throw refused(file, "cannot be read (" + e.getMessage() + ")");
    }
    return SafetensorsFile.open(file.file());
  }

  private static InputException refused(InputFile file, String problem) {
    return new InputException(file.file() + ": " + problem + "; make the task again");
  }
}
