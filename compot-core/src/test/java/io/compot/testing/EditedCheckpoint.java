package io.compot.testing;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.CompotException;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import tools.jackson.databind.node.ObjectNode;

/**
 * A small checkpoint that a test changes before it writes it again.
 *
 * @param config free to change
 * @param tensors by name, free to change; they belong to the scope it was read in
 */
public record EditedCheckpoint(ObjectNode config, Map<String, Tensor> tensors) {

  /** Copies all of a checkpoint but its tokenizer into memory. */
  public static EditedCheckpoint read(Path folder) throws CompotException {
    try (var checkpoint = Checkpoint.open(folder)) {
      Map<String, Tensor> tensors = new TreeMap<>();
      for (String name : checkpoint.names()) {
        tensors.put(name, checkpoint.tensor(name).clone());
      }
      return new EditedCheckpoint(checkpoint.config().tree(), tensors);
    }
  }

  /** Writes it into a new folder inside the given one. */
  public Path write(Path parent) throws CompotException, IOException {
    Path folder = Files.createTempDirectory(parent, "checkpoint");
    List<TensorInfo> infos = new ArrayList<>();
    tensors.forEach((name, tensor) -> {
      List<Long> shape = Arrays.stream(tensor.sizes().vec().get()).boxed().toList();
      infos.add(new TensorInfo(name, Dtype.of(tensor), shape));
    });
    try (var writer = new SafetensorsWriter(folder.resolve("model.safetensors"), infos, Map.of())) {
      for (var tensor : tensors.entrySet()) {
        writer.write(tensor.getKey(), NativeMemory.bytes(tensor.getValue()));
      }
      writer.finish();
    }
    Files.writeString(folder.resolve("config.json"), config.toString());
    return folder;
  }
}
