package io.compot.calibration;

import io.compot.error.FailureException;
import io.compot.journal.ObjectFile;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * A matrix of doubles in a file, row after row, and nothing else: a Gram matrix, or a part of one
 * that another process has summed.
 */
public record SumFile(Path file, long rows, long columns) {

  /** Of a Gram matrix. */
  public static SumFile square(Path file, long size) {
    return new SumFile(file, size, size);
  }

  /** What a process has put into one, and of how many tokens. */
  public record Stored(ObjectFile.Written written, long tokens) {}

  /** Writes the file, beside others who may do the same. */
  public ObjectFile.Written write(Tensor matrix) throws FailureException {
    try (ObjectFile out = ObjectFile.shared(file)) {
      out.write(NativeMemory.bytes(matrix));
      return out.publish();
    }
  }

  /**
   * Reads it.
   *
   * @return owned by the caller
   * @throws FailureException where it cannot be read or has another size
   */
  public Tensor read() throws FailureException {
    try (var raw = RawFile.open(file, rows * columns * Double.BYTES, "a Gram matrix");
        var scope = TensorScope.open()) {
      Tensor matrix = NativeMemory.empty(Dtype.F64, rows, columns);
      raw.read(NativeMemory.bytes(matrix), 0);
      return scope.own(matrix);
    }
  }

  /** The same as a Gram matrix of so many tokens, owned by the caller. */
  public Gram gram(String name, long tokens) throws FailureException {
    return Gram.of(name, read(), tokens);
  }

  /**
   * Adds up the {@linkplain Lengths#parts parts} of a sum, in their order.
   *
   * @return owned by the caller
   */
  public static Tensor sum(List<SumFile> parts) throws FailureException {
    Tensor sum = parts.getFirst().read();
    boolean whole = false;
    try {
      for (SumFile part : parts.subList(1, parts.size())) {
        try (Tensor next = part.read()) {
          sum.add_(next);
        }
      }
      whole = true;
      return sum;
    } finally {
      if (!whole) {
        sum.close();
      }
    }
  }
}
