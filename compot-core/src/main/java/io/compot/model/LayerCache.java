package io.compot.model;

import io.compot.decode.LayerMemory;
import io.compot.kernel.Weight;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Keys and values of one block for the positions seen so far. Room grows by doubling, so that a
 * token costs one copy of itself on average.
 */
public final class LayerCache implements LayerMemory, AutoCloseable {

  private static final long FIRST_ROOM = 64;

  private @Nullable Tensor keys;
  private @Nullable Tensor values;
  private @Nullable KeysAndValues memory;
  private @Nullable StoredKeys stored;
  private final Dtype type;
  private long length;
  private long shift;
  private long most = Long.MAX_VALUE;

  /**
   * An empty one.
   *
   * @param type of what is kept where kernels begin it
   */
  LayerCache(Dtype type) {
    this.type = type;
  }

  /** Positions held. */
  public long length() {
    return length;
  }

  /** Where what follows stands: behind images that is less than there are positions. */
  long next() {
    return length + shift;
  }

  /** Says how much less, as a number below zero. */
  void shift(long by) {
    shift = by;
  }

  /** Keys and values of all positions, views that belong to the caller's scope. */
  record KeysAndValues(Tensor keys, Tensor values) {

    private KeysAndValues map(UnaryOperator<Tensor> change) {
      return new KeysAndValues(change.apply(keys), change.apply(values));
    }

    private long bytes() {
      return keys.nbytes() + values.nbytes();
    }

    private void close() {
      keys.close();
      values.close();
    }
  }

  /**
   * Adds positions and gives all of them.
   *
   * @param newKeys [B, heads, T, d], already rotated
   * @param newValues [B, heads, T, d]
   */
  KeysAndValues append(Tensor newKeys, Tensor newValues) {
    long added = newKeys.size(2);
    Tensor allKeys = withRoom(keys, newKeys, added);
    Tensor allValues = withRoom(values, newValues, added);
    keys = allKeys;
    values = allValues;
    try (var scope = TensorScope.open()) {
      allKeys.narrow(2, length, added).copy_(newKeys);
      allValues.narrow(2, length, added).copy_(newValues);
      length += added;
      return new KeysAndValues(
          scope.keep(allKeys.narrow(2, 0, length)), scope.keep(allValues.narrow(2, 0, length)));
    }
  }

  @Override
  public void append(int heads, int headDim, float[] newKeys, float[] newValues, int at) {
    if (keys == null || values == null || keys.size(2) <= length) {
      try (var _ = TensorScope.open()) {
        Tensor like = NativeMemory.empty(type, 1, heads, 1, headDim);
        keys = withRoom(keys, like, 1);
        values = withRoom(values, like, 1);
      }
    }
    StoredKeys now = stored();
    StoredKeys.set(now.keys(), length, newKeys, at);
    StoredKeys.set(now.values(), length, newValues, at);
    length++;
  }

  @Override
  public Weight.Plain keys(int head) {
    return stored().keys().get(head);
  }

  @Override
  public Weight.Plain values(int head) {
    return stored().values().get(head);
  }

  /** The tensors' memory, until they grow. */
  private StoredKeys stored() {
    Tensor ofKeys = Objects.requireNonNull(keys, "nothing is seen");
    Tensor ofValues = Objects.requireNonNull(values, "nothing is seen");
    StoredKeys held = stored;
    if (held == null) {
      held = StoredKeys.of(ofKeys, ofValues);
      stored = held;
    }
    return held;
  }

  /**
   * Keys and values of what a block looks at beside its own positions: computed once, then kept.
   *
   * @return views that belong to the caller's scope
   */
  KeysAndValues memory(Supplier<KeysAndValues> source) {
    if (memory == null) {
      try (var scope = TensorScope.open()) {
        KeysAndValues made = source.get();
        memory = new KeysAndValues(scope.own(made.keys()), scope.own(made.values()));
      }
    }
    return memory.map(Tensor::alias);
  }

  /** A new cache whose row i is row {@code rows[i]} of this one. */
  LayerCache select(Tensor rows) {
    return select(rows, length);
  }

  /** The same of the first positions alone. */
  LayerCache select(Tensor rows, long positions) {
    var selected = new LayerCache(type);
    selected.shift = shift;
    if (keys != null && values != null) {
      try (var scope = TensorScope.open()) {
        selected.keys = scope.own(keys.narrow(2, 0, positions).index_select(0, rows));
        selected.values = scope.own(values.narrow(2, 0, positions).index_select(0, rows));
        selected.length = positions;
      }
    }
    if (memory != null) {
      try (var scope = TensorScope.open()) {
        selected.memory = memory.map(each -> scope.own(each.index_select(0, rows)));
      }
    }
    return selected;
  }

  /** Takes no more room than so many positions need, if that is enough. */
  void limit(long positions) {
    most = positions;
  }

  /** Bytes of native memory that it holds. */
  long bytes() {
    long own = keys == null || values == null ? 0 : keys.nbytes() + values.nbytes();
    return own + (memory == null ? 0 : memory.bytes());
  }

  /** Forgets all but the first positions. */
  void cut(long positions) {
    length = Math.min(length, positions);
  }

  private Tensor withRoom(@Nullable Tensor held, Tensor like, long added) {
    if (held != null && held.size(2) >= length + added) {
      return held;
    }
    stored = null;
    try (var scope = TensorScope.open()) {
      long room = Math.max(length + added, Math.min(most, Math.max(FIRST_ROOM, 2 * length)));
      Tensor larger = like.new_empty(like.size(0), like.size(1), room, like.size(3));
      if (held != null) {
        larger.narrow(2, 0, length).copy_(held.narrow(2, 0, length));
        held.close();
      }
      return scope.own(larger);
    }
  }

  @Override
  public void close() {
    if (keys != null) {
      keys.close();
    }
    if (values != null) {
      values.close();
    }
    if (memory != null) {
      memory.close();
    }
    keys = null;
    values = null;
    memory = null;
    stored = null;
    length = 0;
    shift = 0;
  }
}
