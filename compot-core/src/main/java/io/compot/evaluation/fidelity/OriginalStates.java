package io.compot.evaluation.fidelity;

import io.compot.error.CompotException;
import io.compot.model.CausalModel;
import io.compot.progress.ProgressListener;
import io.compot.progress.Run;
import io.compot.progress.StopRequest;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** The output of an original's last block on held-out windows, in a file. */
final class OriginalStates {

  private OriginalStates() {}

  /** Runs the original and writes the file, which replaces one of its name. */
  static void write(
      CausalModel original,
      HeldOutWindows windows,
      Path file,
      ProgressListener listener,
      StopRequest stop)
      throws CompotException {
    List<TensorInfo> tensors = new ArrayList<>();
    long hidden = original.architecture().decoder().width();
    try (var _ = TensorScope.open()) {
      Tensor two = HeldOut.ids(windows.all().getFirst()).narrow(1, 0, 2);
      Dtype dtype = Dtype.of(original.hidden(two, null));
      for (int i = 0; i < windows.count(); i++) {
        tensors.add(new TensorInfo(name(i), dtype, List.of((long) windows.length(), hidden)));
      }
    }
    try (var stage =
            new Run(listener, stop, 0).stage("the original on held-out text", windows.count());
        var writer = new SafetensorsWriter(file, tensors, Map.of())) {
      for (int i = 0; i < windows.count(); i++) {
        stage.safePoint();
        try (var _ = TensorScope.open()) {
          Tensor tokens = HeldOut.ids(windows.all().get(i));
          Tensor states = original.hidden(tokens, null).squeeze(0).contiguous();
          writer.write(name(i), NativeMemory.bytes(states));
        }
        stage.advance("window %d/%d".formatted(i + 1, windows.count()), 1);
      }
      writer.finish();
    }
  }

  static String name(int window) {
    return "window." + window;
  }
}
