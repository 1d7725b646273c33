package io.compot.foreign;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.grouped.CodeStreams;
import io.compot.grouped.CompressedTensors;
import io.compot.grouped.Gptq;
import io.compot.grouped.GroupedWeight;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.Dtype;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the packed tensors of one module, all shapes and types held against each other first.
 *
 * @param source the packed tensors
 * @param module the name in front of theirs
 */
record ModuleReader(WeightSource source, String module) {

  private static final String DAMAGED = "the checkpoint is damaged: fetch it again";

  /** Rows times columns of a matrix in memory. */
  private static final long MOST_WEIGHTS = Integer.MAX_VALUE - 8L;

  /** [rows, columns] of a compressed-tensors module, after a look at all its tensors. */
  List<Long> packedShape() throws InputException {
    String name = module + ".weight_shape";
    expect(name, List.of(Dtype.I64), List.of(2L));
    MemorySegment shape = source.bytes(name);
    long rows = shape.get(ValueLayout.JAVA_LONG, 0);
    long columns = shape.get(ValueLayout.JAVA_LONG, 8);
    return checked(name, rows, columns);
  }

  GroupedWeight packed(Quantisation.PackQuantized as) throws InputException {
    List<Long> shape = packedShape();
    int rows = Math.toIntExact(shape.get(0));
    int columns = Math.toIntExact(shape.get(1));
    String name = module + ".weight_packed";
    TensorInfo info = source.info(name);
    long words = info.shape().size() == 2 ? info.shape().get(1) : -1;
    List<Integer> widths =
        as.widths().stream()
            .filter(bits -> CodeStreams.wordCount(columns, bits, as.dense()) == words)
            .toList();
    if (widths.size() != 1) {
      throw refuse(
          name,
          "its shape %s does not tell which of %s bits the codes of %d columns have"
              .formatted(info.shape(), as.widths(), columns));
    }
    int bits = widths.getFirst();
    expect(name, List.of(Dtype.I32), List.of((long) rows, words));
    String scaleName = module + ".weight_scale";
    long groups = lastDimension(scaleName);
    expect(scaleName, FLOATS, List.of((long) rows, groups));
    String zeroName = module + ".weight_zero_point";
    int @Nullable [] zeros = null;
    if (source.has(zeroName)) {
      long zeroWords = CodeStreams.wordCount(rows, bits, as.dense());
      expect(zeroName, List.of(Dtype.I32), List.of(zeroWords, groups));
      zeros = ints(zeroName);
    }
    return CompressedTensors.weight(
        rows,
        columns,
        bits,
        as.dense(),
        ints(name),
        floats(scaleName),
        zeros,
        groupOf(".weight_g_idx", columns, groups, scaleName));
  }

  /** [rows, columns] of a GPTQ module: inputs are as many as codes that its words hold. */
  List<Long> gptqShape() throws InputException {
    String name = module + ".g_idx";
    long columns = source.has(name) ? lastDimension(name) : -1;
    TensorInfo codes = source.info(module + ".qweight");
    long rows = codes.shape().size() == 2 ? codes.shape().get(1) : -1;
    if (columns < 0) {
      throw refuse(name, "there is no such tensor");
    }
    return checked(name, rows, columns);
  }

  GroupedWeight gptq(Quantisation.Gptq as) throws InputException {
    List<Long> shape = gptqShape();
    int rows = Math.toIntExact(shape.get(0));
    int columns = Math.toIntExact(shape.get(1));
    String name = module + ".qweight";
    long words = source.info(name).shape().getFirst();
    int bits = (int) Math.min(9, words * 32 / columns);
    if (!List.of(2, 3, 4, 8).contains(bits)
        || (long) columns * bits != words * 32
        || (long) rows * bits % 32 != 0) {
      throw refuse(
          name,
          "%d words hold no codes of 2, 3, 4 or 8 bits for %d inputs and %d outputs"
              .formatted(words, columns, rows));
    }
    expect(name, List.of(Dtype.I32), List.of(words, (long) rows));
    String scaleName = module + ".scales";
    TensorInfo scales = source.info(scaleName);
    long groups = scales.shape().isEmpty() ? 0 : scales.shape().getFirst();
    expect(scaleName, FLOATS, List.of(groups, (long) rows));
    String zeroName = module + ".qzeros";
    expect(zeroName, List.of(Dtype.I32), List.of(groups, (long) rows * bits / 32));
    int[] zeros = ints(zeroName);
    // Some writers call symmetric files of the second version by the name of the first.
    boolean lessOne = as.zerosLessOne() && !(as.symmetric() && Gptq.storesHalf(zeros, bits, rows));
    return Gptq.weight(
        rows,
        columns,
        bits,
        ints(name),
        zeros,
        floats(scaleName),
        groupOf(".g_idx", columns, groups, scaleName),
        lessOne);
  }

  /** [rows, columns] of an MLX module: as many columns as its groups have weights. */
  List<Long> mlxShape(Quantisation.Mlx as) throws InputException {
    String name = module + ".scales";
    List<Long> scales = source.info(name).shape();
    long rows = scales.size() == 2 ? scales.get(0) : -1;
    long groups = scales.size() == 2 ? scales.get(1) : -1;
    return checked(name, rows, groups < 1 ? -1 : groups * as.group(module));
  }

  GroupedWeight mlx(Quantisation.Mlx as) throws InputException {
    List<Long> shape = mlxShape(as);
    int rows = Math.toIntExact(shape.get(0));
    int columns = Math.toIntExact(shape.get(1));
    String name = module + ".weight";
    TensorInfo codes = source.info(name);
    long words = codes.shape().size() == 2 ? codes.shape().get(1) : -1;
    int bits = Math.clamp(words * Integer.SIZE / columns, 0, 9);
    if (bits < 1 || bits > 8 || (long) columns * bits != words * Integer.SIZE) {
      throw refuse(
          name,
          "%d words hold no codes of 1 to 8 bits for %d inputs in groups of %d"
              .formatted(words, columns, as.group(module)));
    }
    expect(name, List.of(Dtype.U32), List.of((long) rows, words));
    List<Long> grouped = List.of((long) rows, (long) columns / as.group(module));
    expect(module + ".scales", FLOATS, grouped);
    expect(module + ".biases", FLOATS, grouped);
    return GroupedWeight.affine(
        rows,
        columns,
        CodeStreams.alongRows(ints(name), bits, Math.toIntExact(words), true),
        floats(module + ".scales"),
        floats(module + ".biases"),
        GroupedWeight.consecutive(columns, as.group(module)));
  }

  private static final List<Dtype> FLOATS = List.of(Dtype.F16, Dtype.BF16, Dtype.F32);

  private int[] groupOf(String suffix, int columns, long groups, String scaleName)
      throws InputException {
    String name = module + suffix;
    if (source.has(name)) {
      expect(name, List.of(Dtype.I32), List.of((long) columns));
      int[] groupOf = ints(name);
      for (int group : groupOf) {
        if (group < 0 || group >= groups) {
          throw refuse(name, "it names group %d of %d".formatted(group, groups));
        }
      }
      return groupOf;
    }
    if (groups < 1 || columns % groups != 0) {
      throw refuse(scaleName, "%d groups do not divide %d columns".formatted(groups, columns));
    }
    return GroupedWeight.consecutive(columns, Math.toIntExact(columns / groups));
  }

  private List<Long> checked(String name, long rows, long columns) throws InputException {
    if (rows < 1 || columns < 1 || rows > MOST_WEIGHTS || columns > MOST_WEIGHTS / rows) {
      throw refuse(name, "%d rows of %d columns are no weight".formatted(rows, columns));
    }
    return List.of(rows, columns);
  }

  private long lastDimension(String name) throws InputException {
    List<Long> shape = source.info(name).shape();
    return shape.isEmpty() ? -1 : shape.getLast();
  }

  private void expect(String name, List<Dtype> types, List<Long> shape) throws InputException {
    TensorInfo info = source.info(name);
    if (!types.contains(info.dtype()) || !info.shape().equals(shape)) {
      var names = new ArrayList<String>();
      types.forEach(type -> names.add(type.name()));
      throw refuse(
          name,
          "found %s %s, expected %s %s"
              .formatted(info.dtype(), info.shape(), String.join(" or ", names), shape));
    }
  }

  private int[] ints(String name) throws InputException {
    return source.bytes(name).toArray(ValueLayout.JAVA_INT);
  }

  private float[] floats(String name) throws InputException {
    TensorInfo info = source.info(name);
    MemorySegment bytes = source.bytes(name);
    if (info.dtype() == Dtype.F32) {
      return bytes.toArray(ValueLayout.JAVA_FLOAT);
    }
    short[] stored = bytes.toArray(ValueLayout.JAVA_SHORT);
    float[] floats = new float[stored.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] =
          info.dtype() == Dtype.F16
              ? Float.float16ToFloat(stored[i])
              : Float.intBitsToFloat(stored[i] << 16);
    }
    return floats;
  }

  private InputException refuse(String name, String problem) throws InputException {
    return InputException.in(
        source.has(name) ? source.file(name) : source.file(source.names().iterator().next()),
        "tensor " + Shown.of(name),
        problem,
        DAMAGED);
  }
}
