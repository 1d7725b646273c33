package io.compot.foreign;

import io.compot.error.InputException;
import io.compot.grouped.GroupedWeight;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.Dtype;
import io.compot.text.ConfigFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A checkpoint of compressed-tensors, GPTQ or MLX as if its weights were there: what a module's
 * packed tensors stand for, in single precision, under the name {@code weight}. Everything else
 * passes through.
 */
public final class GroupedWeights implements WeightSource {

  private static final Set<String> PACKED =
      Set.of("weight_packed", "weight_scale", "weight_shape", "weight_zero_point", "weight_g_idx");
  private static final Set<String> GPTQ = Set.of("qweight", "qzeros", "scales", "g_idx");
  private static final Set<String> MLX = Set.of("weight", "scales", "biases");

  private final WeightSource packed;
  private final Quantisation quantisation;
  private final Map<String, TensorInfo> decoded = new TreeMap<>();
  private final Set<String> names;
  private final AtomicReference<@Nullable Loaded> last = new AtomicReference<>();

  private record Loaded(String name, GroupedWeight weight) {}

  /**
   * Finds the packed modules.
   *
   * @param config with a section {@code quantization_config}
   * @throws InputException where the section says what is not read, or a module's shape makes no
   *     sense
   */
  public GroupedWeights(WeightSource packed, ConfigFile config) throws InputException {
    this.packed = packed;
    this.quantisation = Quantisation.read(config);
    var all = new TreeSet<String>();
    for (String name : packed.names()) {
      int dot = name.lastIndexOf('.');
      String module = dot < 0 ? "" : name.substring(0, dot);
      if (!isPacked(module)) {
        all.add(name);
      } else if (name.endsWith(codes())) {
        String weight = module + ".weight";
        decoded.put(weight, new TensorInfo(weight, Dtype.F32, shape(module)));
        all.add(weight);
      } else if (!parts().contains(name.substring(dot + 1))) {
        all.add(name);
      }
    }
    if (decoded.isEmpty()) {
      throw config.refuse(
          Quantisation.section(config),
          "it says that weights are quantised, but there is no tensor " + marker().substring(1),
          "correct config.json, or use the checkpoint that it belongs to");
    }
    this.names = Collections.unmodifiableSet(all);
  }

  /** Whether a configuration has a section about quantised weights. */
  public static boolean said(ConfigFile config) {
    return Quantisation.said(config);
  }

  /** The configuration of the weights as this source gives them. */
  public static ConfigFile without(ConfigFile config) {
    return config.without(Quantisation.FIELD).without(Quantisation.MLX);
  }

  /** What tensors of a packed module are called behind its name. */
  private Set<String> parts() {
    return switch (quantisation) {
      case Quantisation.PackQuantized _ -> PACKED;
      case Quantisation.Gptq _ -> GPTQ;
      case Quantisation.Mlx _ -> MLX;
    };
  }

  /** That of the codes. */
  private String codes() {
    return switch (quantisation) {
      case Quantisation.PackQuantized _ -> ".weight_packed";
      case Quantisation.Gptq _ -> ".qweight";
      case Quantisation.Mlx _ -> ".weight";
    };
  }

  /** That by which a packed module is known. */
  private String marker() {
    return quantisation instanceof Quantisation.Mlx ? ".scales" : codes();
  }

  private boolean isPacked(String module) {
    return packed.has(module + marker());
  }

  private List<Long> shape(String module) throws InputException {
    var reader = new ModuleReader(packed, module);
    return switch (quantisation) {
      case Quantisation.PackQuantized _ -> reader.packedShape();
      case Quantisation.Gptq _ -> reader.gptqShape();
      case Quantisation.Mlx as -> reader.mlxShape(as);
    };
  }

  @Override
  public Set<String> names() {
    return names;
  }

  @Override
  public boolean has(String name) {
    return names.contains(name);
  }

  @Override
  public TensorInfo info(String name) throws InputException {
    TensorInfo info = decoded.get(name);
    return info == null ? packed.info(name) : info;
  }

  @Override
  public Stored stored(String name) throws InputException {
    if (!decoded.containsKey(name)) {
      return packed.stored(name);
    }
    String module = module(name);
    long bytes = 0;
    for (String part : parts()) {
      bytes += packed.has(module + "." + part) ? packed.info(module + "." + part).bytes() : 0;
    }
    GroupedWeight weight = weight(name);
    return new Stored(
        "INT%d/%d".formatted(weight.bits(), weight.columns() / weight.groups()), bytes);
  }

  @Override
  public Path file(String name) throws InputException {
    if (!decoded.containsKey(name)) {
      return packed.file(name);
    }
    return packed.file(module(name) + codes());
  }

  @Override
  public void read(String name, long from, MemorySegment into) throws InputException {
    if (!decoded.containsKey(name)) {
      packed.read(name, from, into);
      return;
    }
    GroupedWeight weight = weight(name);
    long first = from / Float.BYTES;
    long end = (from + into.byteSize()) / Float.BYTES;
    int columns = weight.columns();
    float[] row = new float[columns];
    for (long at = first; at < end; ) {
      weight.row((int) (at / columns), row, 0);
      int skip = (int) (at % columns);
      int taken = (int) Math.min(columns - skip, end - at);
      MemorySegment.copy(
          row, skip, into, ValueLayout.JAVA_FLOAT_UNALIGNED, (at - first) * Float.BYTES, taken);
      at += taken;
    }
  }

  /** A tensor is often read in parts, one after the other. */
  private GroupedWeight weight(String name) throws InputException {
    Loaded loaded = last.get();
    if (loaded != null && loaded.name().equals(name)) {
      return loaded.weight();
    }
    var reader = new ModuleReader(packed, module(name));
    GroupedWeight weight =
        switch (quantisation) {
          case Quantisation.PackQuantized as -> reader.packed(as);
          case Quantisation.Gptq as -> reader.gptq(as);
          case Quantisation.Mlx as -> reader.mlx(as);
        };
    last.set(new Loaded(name, weight));
    return weight;
  }

  private static String module(String name) {
    return name.substring(0, name.length() - ".weight".length());
  }
}
