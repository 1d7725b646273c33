package io.compot.pipeline.work;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.form.codec.PackedTensors;
import io.compot.safetensors.SafetensorsFile;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorSink;
import java.nio.file.Path;
import java.util.Map;

/** One projection's factors in a file of their own, in the form in which the output takes them. */
public final class FactorFile {

  private FactorFile() {}

  /** Writes the file; it appears whole or not at all. */
  static void write(Path file, String projection, Packed packed) throws FailureException {
    try (var writer =
        new SafetensorsWriter(
            file,
            PackedTensors.of(projection, packed.form(), packed.in(), packed.out()),
            Map.of())) {
      PackedTensors.write(projection, packed, writer);
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
  static Packed read(Path file, String projection, Form form, long in, long out)
      throws CompotException {
    try (SafetensorsFile stored = SafetensorsFile.open(file)) {
      return PackedTensors.read(stored, projection, form, in, out);
    }
  }
}
