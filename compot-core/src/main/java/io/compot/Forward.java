package io.compot;

import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * One forward pass over one sequence, all in F32. Frees its tensors when closed.
 *
 * @param hidden input of block 0, then the output of each block, [T, hidden] each
 * @param logits [T, vocabulary]
 */
public record Forward(List<Tensor> hidden, Tensor logits) implements AutoCloseable {

  public Forward {
    hidden = List.copyOf(hidden);
  }

  /** Numbers in a hidden state. */
  public long width() {
    return hidden.getFirst().size(1);
  }

  /** Numbers in a row of logits. */
  public long vocabulary() {
    return logits.size(1);
  }

  /**
   * Writes {@code logits} and {@code hidden.0 … hidden.N} as one safetensors file, which appears
   * whole or not at all.
   *
   * @param force whether an existing file may be replaced
   */
  public void write(Path file, boolean force) throws CompotException {
    if (Files.exists(file) && !force) {
      throw new UsageException(
          file + ": the file exists; name another, or allow to replace it (--force)");
    }
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < hidden.size(); i++) {
      tensors.put("hidden." + i, hidden.get(i));
    }
    tensors.put("logits", logits);
    List<TensorInfo> infos =
        tensors.entrySet().stream().map(entry -> info(entry.getKey(), entry.getValue())).toList();
    try (var writer = new SafetensorsWriter(file, infos, Map.of())) {
      for (var entry : tensors.entrySet()) {
        writer.write(entry.getKey(), entry.getValue());
      }
      writer.finish();
    }
  }

  private static TensorInfo info(String name, Tensor tensor) {
    return new TensorInfo(name, Dtype.of(tensor), Arrays.stream(tensor.shape()).boxed().toList());
  }

  @Override
  public void close() {
    hidden.forEach(Tensor::close);
    logits.close();
  }
}
