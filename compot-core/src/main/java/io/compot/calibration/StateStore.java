package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.journal.ObjectFile;
import io.compot.journal.WorkFolder;
import io.compot.model.Stack;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Where a pass keeps its hidden states between two blocks, under names that say between which:
 * files of a work folder, which another process can go on from, or memory where the folder is
 * temporary and the states are small.
 */
public final class StateStore {

  private final WorkFolder work;
  private final String pass;
  private final long memory;

  /**
   * A store.
   *
   * @param pass name of the pass, which no other of the same work has
   * @param memory most bytes of states that are held in memory where the folder is temporary
   */
  public StateStore(WorkFolder work, String pass, long memory) {
    this.work = work;
    this.pass = pass;
    this.memory = work.isTemporary() ? memory : -1;
  }

  /** States that nobody resumes from, in a folder that its owner removes where they are large. */
  public static StateStore temporary(Path folder, long memory) throws FailureException {
    return new StateStore(WorkFolder.temporary(folder), "pass", memory);
  }

  /** The same for one of several stacks. */
  public StateStore of(Stack stack) {
    return named(stack.name());
  }

  /** The same for a part of the pass. */
  StateStore named(String part) {
    return new StateStore(work, pass + "-" + part, memory);
  }

  /** States of an earlier process; empty where there are none, or they are not what they were. */
  Optional<HiddenStates> find(String name, HiddenStates.Shape shape) throws CompotException {
    var found = work.find(object(name), Map.class);
    return found.isEmpty()
        ? Optional.empty()
        : Optional.of(HiddenStates.in(work.file(object(name)), shape));
  }

  /** Begins new states. */
  Sink create(String name, HiddenStates.Shape shape) throws FailureException {
    return shape.bytes() <= memory
        ? new Sink(shape, HiddenStates.inMemory(shape), null, "")
        : new Sink(shape, null, work.create(object(name)), object(name));
  }

  private String object(String name) {
    return "states/" + pass + "-" + name;
  }

  /** Takes states batch by batch, in their order. */
  final class Sink implements AutoCloseable {

    private final HiddenStates.Shape shape;
    private final @Nullable HiddenStates states;
    private final @Nullable ObjectFile file;
    private final String name;
    private long position;
    private boolean finished;

    private Sink(
        HiddenStates.Shape shape,
        @Nullable HiddenStates states,
        @Nullable ObjectFile file,
        String name) {
      this.shape = shape;
      this.states = states;
      this.file = file;
      this.name = name;
    }

    Dtype dtype() {
      return shape.dtype();
    }

    /** Adds samples: contiguous [samples, length, hidden] in the states' type. */
    void add(Tensor batch) throws FailureException {
      MemorySegment bytes = NativeMemory.bytes(batch);
      if (states != null) {
        states.put(bytes, position);
      }
      if (file != null) {
        file.write(bytes);
      }
      position += bytes.byteSize();
    }

    /** All samples were added: the states, owned by the caller, and kept from now on. */
    HiddenStates finish() throws FailureException {
      if (position != shape.bytes()) {
        throw new IllegalStateException(
            "%s: %d bytes of %d were added".formatted(name, position, shape.bytes()));
      }
      finished = true;
      if (file == null) {
        return Objects.requireNonNull(states);
      }
      work.finish(file, name, Map.of());
      return HiddenStates.in(work.file(name), shape);
    }

    /** Removes what was added, unless it was finished. */
    @Override
    public void close() throws FailureException {
      if (states != null && !finished) {
        states.close();
      }
      if (file != null) {
        file.close();
      }
    }
  }
}
