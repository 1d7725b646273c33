package io.compot.pipeline.work;

import io.compot.checkpoint.PackedFactors;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.form.Factors;
import io.compot.form.LowRankFactors;
import io.compot.form.SparseFactors;
import io.compot.safetensors.SafetensorsFile;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorSink;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.Map;

/** One projection's factors in a file of their own, in the form in which the output takes them. */
public final class FactorFile {

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
  public static void copy(Path file, TensorSink sink) throws CompotException {
    try (SafetensorsFile factors = SafetensorsFile.open(file)) {
      for (String name : factors.names()) {
        sink.copy(name, factors);
      }
    }
  }

  /**
   * Reads the factors back.
   *
   * @param in input features
   * @param out output features
   * @return owned by the caller, in memory of their own
   */
  static Factors read(Path file, String projection, long in, long out) throws CompotException {
    try (var scope = TensorScope.open();
        SafetensorsFile stored = SafetensorsFile.open(file);
        Factors read = PackedFactors.read(stored, projection, in, out)) {
      return switch (read) {
        case SparseFactors sparse ->
            new SparseFactors(
                scope.own(sparse.dictionary().clone()),
                scope.own(sparse.code().clone()),
                sparse.nonzeros());
        case LowRankFactors low ->
            new LowRankFactors(scope.own(low.left().clone()), scope.own(low.right().clone()));
      };
    }
  }
}
