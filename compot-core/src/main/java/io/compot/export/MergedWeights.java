package io.compot.export;

import io.compot.error.InputException;
import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.form.codec.Codecs;
import io.compot.form.codec.PackedTensors;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A model's weights with all that is packed multiplied out, in single precision. Holds the last
 * product that was asked for.
 */
public final class MergedWeights implements WeightSource, AutoCloseable {

  private final WeightSource source;
  private final Map<String, Replaced> packed;
  private final Set<String> names;
  private @Nullable String held;
  private @Nullable Tensor product;

  /** The weights of a model of that architecture. */
  public MergedWeights(WeightSource source, Architecture architecture) {
    this.source = source;
    var all = new TreeSet<>(source.names());
    packed = Replaced.of(source, architecture);
    for (Replaced each : packed.values()) {
      Form form = Objects.requireNonNull(source.packed().get(each.name()));
      PackedTensors.of(each.name(), form, each.in(), each.out())
          .forEach(part -> all.remove(part.name()));
      all.add(each.weight());
    }
    this.names = Collections.unmodifiableSet(all);
  }

  /** All projections of a model, by name, in the order of the blocks. */
  public static Map<String, Projection> projections(Architecture architecture) {
    var all = new LinkedHashMap<String, Projection>();
    for (int block = 0; block < architecture.layers(); block++) {
      for (SharedInput input : architecture.projections(block)) {
        input.projections().forEach(projection -> all.put(projection.name(), projection));
      }
    }
    return all;
  }

  /**
   * The packed weight that a tensor is the product of; empty where it is an ordinary one.
   *
   * @param name of the dense weight
   * @return owned by the caller
   */
  public Optional<Packed> read(String name) throws InputException {
    Replaced projection = packed.get(name);
    if (projection == null) {
      return Optional.empty();
    }
    Form form = form(name).orElseThrow();
    return Optional.of(
        PackedTensors.read(source, projection.name(), form, projection.in(), projection.out()));
  }

  /** The form of the packed weight that a tensor is the product of. */
  public Optional<Form> form(String name) {
    return Optional.ofNullable(packed.get(name)).map(each -> source.packed().get(each.name()));
  }

  @Override
  public Set<String> names() {
    return names;
  }

  @Override
  public TensorInfo info(String name) throws InputException {
    Replaced projection = packed.get(name);
    return projection == null
        ? source.info(name)
        : new TensorInfo(name, Dtype.F32, List.of(projection.out(), projection.in()));
  }

  @Override
  public Path file(String name) throws InputException {
    Replaced projection = packed.get(name);
    return source.file(projection == null ? name : firstPart(projection));
  }

  private String firstPart(Replaced projection) {
    Form form = form(projection.weight()).orElseThrow();
    return PackedTensors.of(projection.name(), form, projection.in(), projection.out())
        .getFirst()
        .name();
  }

  @Override
  public synchronized void read(String name, long from, MemorySegment into) throws InputException {
    if (packed.containsKey(name)) {
      MemorySegment.copy(NativeMemory.bytes(product(name)), from, into, 0, into.byteSize());
    } else {
      source.read(name, from, into);
    }
  }

  private Tensor product(String name) throws InputException {
    if (product != null && name.equals(held)) {
      return product;
    }
    close();
    try (var scope = TensorScope.open();
        Packed read = read(name).orElseThrow()) {
      Tensor made = scope.own(Codecs.dense(read, Dtype.F32).contiguous());
      product = made;
      held = name;
      return made;
    }
  }

  @Override
  public synchronized void close() {
    if (product != null) {
      product.close();
      product = null;
      held = null;
    }
  }
}
