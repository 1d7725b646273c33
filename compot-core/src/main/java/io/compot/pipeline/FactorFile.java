package io.compot.pipeline;

import io.compot.checkpoint.PackedFactors;
import io.compot.checkpoint.SafetensorsFile;
import io.compot.checkpoint.SafetensorsWriter;
import io.compot.checkpoint.TensorSink;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.factor.Factors;
import java.nio.file.Path;
import java.util.Map;

/** One projection's factors in a file of their own, in the form in which the output takes them. */
final class FactorFile {

  private FactorFile() {}

  /** Writes the file; it appears whole or not at all. */
  static void write(Path file, String projection, Factors factors) throws FailureException {
    try (var writer =
        new SafetensorsWriter(file, PackedFactors.tensors(projection, factors), Map.of())) {
      PackedFactors.write(projection, factors, writer);
      writer.finish();
    }
  }

  /** Copies all tensors of the file. */
  static void copy(Path file, TensorSink sink) throws CompotException {
    try (SafetensorsFile factors = SafetensorsFile.open(file)) {
      for (String name : factors.names()) {
        sink.copy(name, factors);
      }
    }
  }
}
