package io.compot;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.UsageException;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * One forward pass over one sequence, all in F32. Frees its tensors when closed.
 *
 * @param tensors {@code hidden.0} (input of block 0), {@code hidden.k} (output of block k-1), [T,
 *     hidden] each, and {@code logits}, [T, vocabulary]; of a model of several stacks with the name
 *     of each before its hidden states: {@code encoder.hidden.0}, and {@code hidden.final}, after
 *     its last norm
 */
public record Forward(Map<String, Tensor> tensors) implements AutoCloseable {

  private static final String LOGITS = "logits";

  public Forward {
    tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
  }

  /**
   * What a model traced of one sequence, in F32 and owned by the result.
   *
   * @param trace [1, ...] each
   * @throws FailureException where a number is none
   */
  static Forward of(Map<String, Tensor> trace) throws FailureException {
    try (var scope = TensorScope.open()) {
      var plain = new LinkedHashMap<String, Tensor>();
      for (var entry : trace.entrySet()) {
        Tensor tensor = entry.getValue().squeeze(0).to(ScalarType.Float).contiguous();
        if (!Double.isFinite(tensor.abs().amax().item_double())) {
          throw new FailureException(
              entry.getKey() + ": the model computes NaN or infinite values; compute in f32");
        }
        plain.put(entry.getKey(), tensor);
      }
      plain.replaceAll((_, tensor) -> scope.own(tensor));
      return new Forward(plain);
    }
  }

  /** Input of block 0, then the output of each block, of the stack that writes. */
  public List<Tensor> hidden() {
    String prefix = tensors.containsKey("hidden.0") ? "hidden." : "decoder.hidden.";
    List<Tensor> hidden = new ArrayList<>();
    for (int i = 0; tensors.containsKey(prefix + i); i++) {
      hidden.add(named(prefix + i));
    }
    return hidden;
  }

  /** [T, vocabulary]. */
  public Tensor logits() {
    return named(LOGITS);
  }

  private Tensor named(String name) {
    return Objects.requireNonNull(tensors.get(name), name);
  }

  /** Numbers in a hidden state. */
  public long width() {
    return hidden().getFirst().size(1);
  }

  /** Numbers in a row of logits. */
  public long vocabulary() {
    return logits().size(1);
  }

  /**
   * Writes all of them as one safetensors file, which appears whole or not at all.
   *
   * @param force whether an existing file may be replaced
   */
  public void write(Path file, boolean force) throws CompotException {
    if (Files.exists(file) && !force) {
      throw new UsageException(
          file + ": the file exists; name another, or allow to replace it (--force)");
    }
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
    tensors.values().forEach(Tensor::close);
  }
}
