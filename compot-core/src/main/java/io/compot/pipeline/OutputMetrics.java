package io.compot.pipeline;

import io.compot.calibration.Gram;
import io.compot.checkpoint.SafetensorsWriter;
import io.compot.checkpoint.TensorInfo;
import io.compot.error.FailureException;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Each projection's E[ggᵀ] in a file of its own between the backward pass, which ends at the first
 * block, and the factorisation, which begins there.
 */
final class OutputMetrics implements AutoCloseable {

  /** The tensor in each file. */
  static final String TENSOR = "metric";

  private final Path folder;
  private final Map<String, Path> files = new LinkedHashMap<>();

  private OutputMetrics(Path folder) {
    this.folder = folder;
  }

  /** Makes the folder, which must not exist. */
  static OutputMetrics in(Path folder) throws FailureException {
    try {
      Files.createDirectory(folder);
      return new OutputMetrics(folder);
    } catch (IOException e) {
      throw new FailureException(
          folder + ": cannot be created (" + e.getMessage() + "); check space and permissions", e);
    }
  }

  /** Where the files lie. */
  Path folder() {
    return folder;
  }

  /** Bytes of the files for projections with so many outputs. */
  static long bytes(long out) {
    return out * out * Double.BYTES;
  }

  void write(String projection, Gram metric) throws FailureException {
    Path file = folder.resolve(projection + ".safetensors");
    var matrix = metric.matrix();
    long size = matrix.size(0);
    var tensor = new TensorInfo(TENSOR, Dtype.F64, List.of(size, size));
    try (var writer = new SafetensorsWriter(file, List.of(tensor), Map.of())) {
      writer.write(TENSOR, NativeMemory.bytes(matrix));
      writer.finish();
    }
    files.put(projection, file);
  }

  /** Each projection's file. */
  Map<String, Path> files() {
    return files;
  }

  /** Removes the files. */
  @Override
  public void close() throws FailureException {
    try {
      for (Path file : files.values()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw new FailureException(
          folder + ": cannot be removed (" + e.getMessage() + "); check permissions", e);
    }
  }
}
