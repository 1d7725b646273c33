package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.journal.ObjectFile;
import io.compot.journal.WorkFolder;
import io.compot.model.SharedInput;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * The Gram matrices of one model on one calibration, in double, as files of a work folder, so that
 * a second pass over the blocks needs no forward passes. What a store gives is to the last bit what
 * was put into it: what an earlier process has left is looked at by its digest once.
 */
public final class GramStore {

  private static final String FOLDER = "grams";
  private static final String SECONDS = FOLDER + "/seconds";

  private final WorkFolder work;
  private final Map<String, Kept> kept = new HashMap<>();

  /** What is to be known of a file. */
  private record Kept(long tokens) {}

  /** A store in a folder of work that has begun, with what an earlier process has put there. */
  public GramStore(WorkFolder work) {
    this.work = work;
  }

  /** Bytes of the matrices of these inputs on disk. */
  public static long bytes(Iterable<SharedInput> inputs) {
    long bytes = 0;
    for (SharedInput input : inputs) {
      bytes += bytes(input);
    }
    return bytes;
  }

  private static long bytes(SharedInput input) {
    return input.in() * input.in() * Double.BYTES;
  }

  /** Bytes that lie in a folder of work, whole matrices and begun ones. */
  public static long bytesIn(WorkFolder work) {
    return work.bytes(FOLDER);
  }

  /** Where the files lie. */
  public WorkFolder work() {
    return work;
  }

  /** Whether an input's matrix is here, and is what was put here. */
  public boolean holds(SharedInput input) throws CompotException {
    String name = name(input);
    if (!kept.containsKey(name)) {
      var found = work.find(name, Kept.class);
      if (found.isEmpty()) {
        return false;
      }
      kept.put(name, found.get());
    }
    return true;
  }

  /** Keeps an input's matrix; it appears whole or not at all. */
  public void put(SharedInput input, Gram gram) throws FailureException {
    String name = name(input);
    var data = new Kept(gram.tokens());
    try (ObjectFile file = work.create(name)) {
      file.write(NativeMemory.bytes(gram.matrix()));
      work.finish(file, name, data);
    }
    kept.put(name, data);
  }

  /**
   * An input's matrix, which is {@link #holds here}, owned by the caller.
   *
   * @throws FailureException where its file cannot be read any more
   */
  public Gram get(SharedInput input) throws CompotException {
    if (!holds(input)) {
      throw new FailureException(
          "%s: its Gram matrix is gone from %s; run again"
              .formatted(input.first().name(), work.path()));
    }
    String name = name(input);
    try (var file = RawFile.open(work.file(name), bytes(input), "a Gram matrix");
        var scope = TensorScope.open()) {
      Tensor matrix = NativeMemory.empty(Dtype.F64, input.in(), input.in());
      file.read(NativeMemory.bytes(matrix), 0);
      long tokens = kept.getOrDefault(name, new Kept(0)).tokens();
      return Gram.of(input.first().name(), scope.own(matrix), tokens);
    }
  }

  /** Seconds that its matrices took to compute, as far as is known. */
  public double seconds() throws CompotException {
    return work.find(SECONDS, Double.class).orElse(0.0);
  }

  /** Adds to them. */
  public void took(double seconds) throws CompotException {
    work.note(SECONDS, seconds() + seconds);
  }

  private static String name(SharedInput input) {
    return FOLDER + "/" + input.first().name();
  }
}
