package io.compot.export;

import io.compot.error.InputException;
import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.form.codec.Codecs;
import io.compot.form.codec.PackedTensors;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.WeightLayout;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
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
 * A model's weights with all that is packed multiplied out, in single precision, and all
 * projections [out, in]. Holds the last weight that was made so.
 */
public final class MergedWeights implements WeightSource, AutoCloseable {

  private final WeightSource source;
  private final Map<String, Replaced> packed;

  /** Projections that are not packed and stored otherwise, by the name of the weight. */
  private final Map<String, Projection> turned = new HashMap<>();

  private final Set<String> names;
  private @Nullable String held;
  private @Nullable Tensor last;

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
    for (Projection each : projections(architecture).values()) {
      if (each.layout() != WeightLayout.OUT_IN && !packed.containsKey(each.weightName())) {
        turned.put(each.weightName(), each);
      }
    }
    this.names = Collections.unmodifiableSet(all);
  }

  /** All projections of a model, by name, in the order of the blocks. */
  public static Map<String, Projection> projections(Architecture architecture) {
    var all = new LinkedHashMap<String, Projection>();
    architecture
        .projections()
        .flatMap(input -> input.projections().stream())
        .forEach(projection -> all.put(projection.name(), projection));
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
    if (projection != null) {
      return new TensorInfo(name, Dtype.F32, List.of(projection.out(), projection.in()));
    }
    TensorInfo stored = source.info(name);
    Projection other = turned.get(name);
    return other == null
        ? stored
        : new TensorInfo(name, stored.dtype(), List.of(other.out(), other.in()));
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
    if (packed.containsKey(name) || turned.containsKey(name)) {
      MemorySegment.copy(NativeMemory.bytes(made(name)), from, into, 0, into.byteSize());
    } else {
      source.read(name, from, into);
    }
  }

  private Tensor made(String name) throws InputException {
    if (last != null && name.equals(held)) {
      return last;
    }
    close();
    Tensor made;
    Projection projection = turned.get(name);
    try (var scope = TensorScope.open()) {
      made = scope.own(projection == null ? product(name) : projection.weight(source));
    }
    last = made;
    held = name;
    return made;
  }

  private Tensor product(String name) throws InputException {
    try (Packed read = read(name).orElseThrow()) {
      return Codecs.dense(read, Dtype.F32).contiguous();
    }
  }

  @Override
  public synchronized void close() {
    if (last != null) {
      last.close();
      last = null;
      held = null;
    }
  }
}
