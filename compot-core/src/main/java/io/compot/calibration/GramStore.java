package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.journal.ObjectFile;
import io.compot.journal.WorkFolder;
import io.compot.model.SharedInput;
import io.compot.tensor.NativeMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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

  /** Where an input's matrix lies, or will; the folder for it is made. */
  public Path file(SharedInput input) throws FailureException {
    return work.file(name(input));
  }

  /** Takes in matrices that other processes have put into their {@linkplain #file files}. */
  public void made(Map<SharedInput, SumFile.Stored> matrices) throws FailureException {
    List<WorkFolder.Made> objects = new ArrayList<>();
    for (var each : matrices.entrySet()) {
      var data = new Kept(each.getValue().tokens());
      String name = name(each.getKey());
      objects.add(new WorkFolder.Made(name, each.getValue().written(), data));
      kept.put(name, data);
    }
    work.made(objects);
  }

  /** An input's matrix, which is {@link #holds here}, for other processes. */
  public SumFile square(SharedInput input) throws FailureException {
    return SumFile.square(file(input).toAbsolutePath(), input.in());
  }

  /**
   * Tokens in an input's matrix, which is {@link #holds here}.
   *
   * @throws FailureException where it is not here any more
   */
  public long tokens(SharedInput input) throws CompotException {
    Kept found = holds(input) ? kept.get(name(input)) : null;
    if (found == null) {
      throw new FailureException(
          "%s: its Gram matrix is gone from %s; run again"
              .formatted(input.first().name(), work.path()));
    }
    return found.tokens();
  }

  /**
   * An input's matrix, which is {@link #holds here}, owned by the caller.
   *
   * @throws FailureException where its file cannot be read any more
   */
  public Gram get(SharedInput input) throws CompotException {
    long tokens = tokens(input);
    return square(input).gram(input.first().name(), tokens);
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
