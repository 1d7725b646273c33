package io.compot.calibration;

import io.compot.checkpoint.SafetensorsFile;
import io.compot.checkpoint.SafetensorsWriter;
import io.compot.checkpoint.TensorInfo;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.model.SharedInput;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Tensor;

/**
 * The Gram matrices of one model on one calibration, in double, each in a safetensors file of its
 * own, so that a second pass over the blocks needs no forward passes. What a store gives is to the
 * last bit what was put into it. The folder's name has to tell what the matrices are of: a store
 * believes its folder.
 */
public final class GramStore {

  private static final String TENSOR = "gram";
  private static final String TOKENS = "tokens";
  private static final String COMPLETE = "complete";

  private final Path folder;

  private GramStore(Path folder) {
    this.folder = folder;
  }

  /** A store in a folder, which is made if it is not there. */
  public static GramStore in(Path folder) throws FailureException {
    try {
      Files.createDirectories(folder);
      return new GramStore(folder);
    } catch (IOException e) {
      throw new FailureException(
          folder + ": cannot be created (" + e.getMessage() + "); check space and permissions", e);
    }
  }

  /** Bytes of the matrices of these inputs on disk, headers aside. */
  public static long bytes(Iterable<SharedInput> inputs) {
    long bytes = 0;
    for (SharedInput input : inputs) {
      bytes += input.in() * input.in() * Double.BYTES;
    }
    return bytes;
  }

  /** Where the files lie. */
  public Path folder() {
    return folder;
  }

  /** Seconds that its matrices took to compute; empty while they are not all there. */
  public OptionalDouble completed() {
    Path mark = folder.resolve(COMPLETE);
    try {
      return Files.exists(mark)
          ? OptionalDouble.of(Double.parseDouble(Files.readString(mark).strip()))
          : OptionalDouble.empty();
    } catch (IOException | NumberFormatException _) {
      return OptionalDouble.empty(); // then they are computed again
    }
  }

  /** Says that everything is there. */
  public void complete(double seconds) throws FailureException {
    Path mark = folder.resolve(COMPLETE);
    Path partial = folder.resolve("." + COMPLETE + ".partial");
    try {
      Files.writeString(partial, Double.toString(seconds));
      Files.move(partial, mark, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw new FailureException(
          mark + ": cannot be written (" + e.getMessage() + "); check space and permissions", e);
    }
  }

  /** Keeps an input's matrix; it appears whole or not at all. */
  public void put(SharedInput input, Gram gram) throws FailureException {
    Tensor matrix = gram.matrix();
    var tensor = new TensorInfo(TENSOR, Dtype.F64, List.of(input.in(), input.in()));
    var metadata = Map.of(TOKENS, Long.toString(gram.tokens()));
    try (var writer = new SafetensorsWriter(file(input), List.of(tensor), metadata)) {
      writer.write(TENSOR, NativeMemory.bytes(matrix));
      writer.finish();
    }
  }

  /**
   * An input's matrix, owned by the caller.
   *
   * @throws InputException where the file is not what was put there
   */
  public Gram get(SharedInput input) throws CompotException {
    Path file = file(input);
    try (var stored = SafetensorsFile.open(file);
        var _ = TensorScope.open()) {
      TensorInfo info = stored.info(TENSOR);
      List<Long> shape = List.of(input.in(), input.in());
      if (info.dtype() != Dtype.F64 || !info.shape().equals(shape)) {
        throw InputException.in(
            file,
            "a Gram matrix of %s %s where F64 %s was expected"
                .formatted(info.dtype(), info.shape(), shape),
            "remove the folder, it is made again");
      }
      return Gram.of(
          input.first().name(),
          stored.tensor(TENSOR),
          Long.parseLong(stored.metadata().getOrDefault(TOKENS, "0")));
    } catch (NumberFormatException e) {
      throw new InputException(
          file + ": its number of tokens is none; remove the folder, it is made again", e);
    }
  }

  /** Removes everything, and the folder. */
  public void delete() throws FailureException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
      Files.deleteIfExists(folder);
    } catch (IOException e) {
      throw new FailureException(
          folder + ": cannot be removed (" + e.getMessage() + "); check permissions", e);
    }
  }

  private Path file(SharedInput input) {
    return folder.resolve(input.first().name() + ".safetensors");
  }
}
