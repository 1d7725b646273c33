package io.compot.checkpoint;

import io.compot.error.CompotException;
import io.compot.safetensors.ShardedWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.text.StrictJson;
import java.util.ArrayList;

/** Writes a model as it is read: its tensors, its configuration and what comes along. */
public final class PlainOutput {

  private PlainOutput() {}

  /**
   * Writes it.
   *
   * @param folder which the caller commits
   * @param shardSize bytes of data after which the next file of weights begins
   * @throws CompotException where the model cannot be read or the disk fails or is full
   */
  public static void write(ModelSource model, OutputFolder folder, long shardSize)
      throws CompotException {
    var tensors = new ArrayList<TensorInfo>();
    for (String name : model.names()) {
      tensors.add(model.info(name));
    }
    folder.requireSpace(
        tensors.stream().mapToLong(TensorInfo::bytes).sum()
            + OutputFolder.smallFiles(model.sideFiles(), 0));
    try (var writer = new ShardedWriter(folder.path(), tensors, shardSize)) {
      for (TensorInfo tensor : tensors) {
        writer.copy(tensor.name(), model);
      }
      writer.finish();
    }
    folder.write("config.json", StrictJson.write(model.config().tree()));
    folder.copy(model.sideFiles());
  }
}
