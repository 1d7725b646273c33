package io.compot.form.codec;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import io.compot.error.InputException;
import io.compot.form.Numbers;
import io.compot.form.Packed;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.Rotation;
import io.compot.quantise.TrellisCode;
import io.compot.quantise.TrellisFormat;
import io.compot.quantise.TrellisMatrix;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.text.ConfigFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalInt;
import java.util.SequencedMap;
import java.util.TreeSet;
import org.bytedeco.pytorch.Tensor;

/**
 * One matrix of a form as tensors: which they are, how they are written down and what they stand
 * for, by how its numbers are stored. A plain one is one tensor of the matrix's name; an integer
 * one has that name before {@code .codes}, {@code .scales} and, unless symmetric, {@code .zeros},
 * laid out as a {@link GroupedMatrix} has them; one of trellis codes before {@code .codes}, {@code
 * .scale} and {@code .seeds} of its rotations.
 *
 * @param name of the matrix
 * @param numbers how they are stored
 * @param shape rows and columns; a stream has its length, and its groups of integers, the last
 *     filled up, are stored as a row each
 */
record StoredMatrix(String name, Numbers numbers, List<Long> shape) {

  private static final String NUMBERS = "numbers";
  private static final String PLAIN = "plain";
  private static final String GROUPED = "grouped";
  private static final String TRELLIS = "trellis";
  private static final String DTYPE = "dtype";
  private static final String WIDTH = "width";
  private static final String GROUP = "group";
  private static final String SYMMETRIC = "symmetric";
  private static final String SCALE = "scale";
  private static final String HALF_BITS = "half-bits";
  private static final String STATE_BITS = "state-bits";
  private static final String MULTIPLIER = "multiplier";
  private static final String SEQUENCE = "sequence";

  /** Names of which one tensor of a matrix has one. */
  static List<String> markers(String name) {
    return List.of(name, codes(name));
  }

  /** Puts the tensors of integers among the parts, which own them then. */
  static void put(SequencedMap<String, Tensor> parts, String name, GroupedMatrix matrix) {
    parts.put(codes(name), matrix.codes());
    parts.put(scales(name), matrix.scales());
    if (matrix.zeros() != null) {
      parts.put(zeros(name), matrix.zeros());
    }
  }

  /** Puts the tensors of trellis codes among the parts, which own them then. */
  static void put(SequencedMap<String, Tensor> parts, String name, TrellisMatrix matrix) {
    try (var scope = TensorScope.open()) {
      Tensor scale = NativeMemory.empty(Dtype.F32, 1);
      Tensor seeds = NativeMemory.empty(Dtype.I64, 2);
      NativeMemory.bytes(scale).set(JAVA_FLOAT_UNALIGNED, 0, matrix.scale());
      NativeMemory.bytes(seeds).set(JAVA_LONG_UNALIGNED, 0, matrix.outputs().seed());
      NativeMemory.bytes(seeds).set(JAVA_LONG_UNALIGNED, Long.BYTES, matrix.inputs().seed());
      parts.put(codes(name), matrix.codes());
      parts.put(scale(name), scope.own(scale));
      parts.put(seeds(name), scope.own(seeds));
    }
  }

  /** The tensors of this matrix. */
  List<TensorInfo> parts() {
    return switch (numbers) {
      case Numbers.Plain(Dtype dtype) -> List.of(new TensorInfo(name, dtype, shape));
      case Numbers.Grouped(Grid grid) -> {
        long rows = rows(shape, grid);
        long columns = columns(shape, grid);
        long groups = grid.groups(columns);
        var parts = new ArrayList<TensorInfo>();
        parts.add(
            new TensorInfo(codes(name), Dtype.I32, List.of(rows, words(columns, grid.width()))));
        parts.add(new TensorInfo(scales(name), grid.scale(), List.of(rows, groups)));
        if (!grid.symmetric()) {
          parts.add(
              new TensorInfo(zeros(name), Dtype.I32, List.of(words(rows, grid.width()), groups)));
        }
        yield parts;
      }
      case Numbers.Trellis(TrellisFormat format) ->
          List.of(
              new TensorInfo(
                  codes(name),
                  Dtype.I32,
                  List.of(shape.getLast(), (long) format.columnWords(shape.getFirst()))),
              new TensorInfo(scale(name), Dtype.F32, List.of(1L)),
              new TensorInfo(seeds(name), Dtype.I64, List.of(2L)));
    };
  }

  /**
   * The numbers themselves, in the caller's scope; they share memory with the part where it has
   * them in that type already.
   */
  Tensor numbers(Packed packed, Dtype computation) {
    try (var scope = TensorScope.open()) {
      return switch (numbers) {
        case Numbers.Plain(Dtype dtype) -> {
          Tensor part = packed.part(name);
          yield scope.keep(dtype == computation ? part.alias() : part.to(computation.scalarType()));
        }
        case Numbers.Grouped(Grid grid) -> {
          Tensor dense = grouped(packed, grid).dense(computation);
          yield scope.keep(isStream() ? dense.view(-1).narrow(0, 0, shape.getFirst()) : dense);
        }
        case Numbers.Trellis(TrellisFormat format) ->
            scope.keep(trellis(packed, format).dense(computation));
      };
    }
  }

  /** The matrix made ready to be applied; it shares memory with the parts where it can. */
  Product product(Packed packed, Dtype computation) {
    try (var scope = TensorScope.open()) {
      return switch (numbers) {
        case Numbers.Plain _ -> new DenseProduct(scope.own(numbers(packed, computation)));
        case Numbers.Grouped(Grid grid) -> {
          GroupedMatrix shared = grouped(packed, grid);
          Tensor zeros = shared.zeros();
          yield new GroupedProduct(
              new GroupedMatrix(
                  grid,
                  columns(shape, grid),
                  scope.own(shared.codes().alias()),
                  scope.own(shared.scales().alias()),
                  zeros == null ? null : scope.own(zeros.alias())),
              computation);
        }
        case Numbers.Trellis(TrellisFormat format) -> {
          TrellisMatrix shared = trellis(packed, format);
          yield new TrellisProduct(
              new TrellisMatrix(
                  format,
                  shared.out(),
                  scope.own(shared.codes().alias()),
                  shared.scale(),
                  shared.outputs(),
                  shared.inputs()),
              computation);
        }
      };
    }
  }

  private TrellisMatrix trellis(Packed packed, TrellisFormat format) {
    long[] seeds = NativeMemory.bytes(packed.part(seeds(name))).toArray(JAVA_LONG_UNALIGNED);
    return new TrellisMatrix(
        format,
        shape.getFirst(),
        packed.part(codes(name)),
        packed.part(scale(name)).item_float(),
        new Rotation(shape.getFirst(), seeds[0]),
        new Rotation(shape.getLast(), seeds[1]));
  }

  /** The matrix on its grid; it shares memory with the parts. */
  GroupedMatrix grouped(Packed packed, Grid grid) {
    return new GroupedMatrix(
        grid,
        columns(shape, grid),
        packed.part(codes(name)),
        packed.part(scales(name)),
        grid.symmetric() ? null : packed.part(zeros(name)));
  }

  /** Writes how numbers are stored. */
  static SequencedMap<String, Object> write(Numbers numbers) {
    SequencedMap<String, Object> fields = new LinkedHashMap<>();
    switch (numbers) {
      case Numbers.Plain(Dtype dtype) -> {
        fields.put(NUMBERS, PLAIN);
        fields.put(DTYPE, dtype.name());
      }
      case Numbers.Grouped(Grid grid) -> {
        fields.put(NUMBERS, GROUPED);
        fields.put(WIDTH, grid.width());
        if (grid.group() != Grid.ROW) {
          fields.put(GROUP, grid.group());
        }
        fields.put(SYMMETRIC, grid.symmetric());
        fields.put(SCALE, grid.scale().name());
      }
      case Numbers.Trellis(TrellisFormat format) -> {
        fields.put(NUMBERS, TRELLIS);
        fields.put(HALF_BITS, format.halfBits());
        fields.put(STATE_BITS, format.code().stateBits());
        fields.put(MULTIPLIER, format.code().multiplier());
        fields.put(SEQUENCE, format.sequence());
      }
    }
    return fields;
  }

  /**
   * Reads what {@link #write} wrote.
   *
   * @throws InputException naming the field that is missing or makes no sense
   */
  static Numbers read(ConfigFile fields) throws InputException {
    return switch (fields.choice(NUMBERS, List.of(PLAIN, GROUPED, TRELLIS))) {
      case PLAIN -> new Numbers.Plain(floating(fields, DTYPE));
      case GROUPED -> grouped(fields);
      default -> trellis(fields);
    };
  }

  private static Numbers trellis(ConfigFile fields) throws InputException {
    int multiplier = required(fields, MULTIPLIER, 1, Integer.MAX_VALUE);
    if (multiplier % 2 == 0) {
      throw fields.refuse(MULTIPLIER, "found " + multiplier, "it is an odd number");
    }
    return new Numbers.Trellis(
        new TrellisFormat(
            required(fields, HALF_BITS, TrellisFormat.LEAST, TrellisFormat.MOST),
            new TrellisCode(
                required(fields, STATE_BITS, TrellisCode.FEWEST_BITS, TrellisCode.MOST_BITS),
                multiplier),
            required(fields, SEQUENCE, TrellisFormat.SHORTEST, TrellisFormat.LONGEST)));
  }

  private static int required(ConfigFile fields, String field, int least, int most)
      throws InputException {
    OptionalInt found = fields.optionalInt(field, least, most);
    if (found.isEmpty()) {
      throw fields.refuse(field, "the field is missing", "compress the model again");
    }
    return found.getAsInt();
  }

  private static Numbers grouped(ConfigFile fields) throws InputException {
    OptionalInt width = fields.optionalInt(WIDTH, Grid.NARROWEST, Grid.WIDEST);
    if (width.isEmpty()) {
      throw fields.refuse(WIDTH, "the field is missing", "compress the model again");
    }
    int group = fields.optionalInt(GROUP, Grid.SMALLEST, Grid.LARGEST).orElse(Grid.ROW);
    Dtype scale = floating(fields, SCALE);
    if (scale == Dtype.F64) {
      throw fields.refuse(SCALE, "found F64", "scales are stored as F16, BF16 or F32");
    }
    return new Numbers.Grouped(
        new Grid(width.getAsInt(), group, fields.flag(SYMMETRIC, false), scale));
  }

  private static Dtype floating(ConfigFile fields, String field) throws InputException {
    var known = new TreeSet<String>();
    for (Dtype dtype : Dtype.values()) {
      if (dtype.isFloating()) {
        known.add(dtype.name());
      }
    }
    return Dtype.valueOf(fields.choice(field, known));
  }

  private boolean isStream() {
    return shape.size() == 1;
  }

  private static long rows(List<Long> shape, Grid grid) {
    return shape.size() == 1 ? Math.ceilDiv(shape.getFirst(), grid.group()) : shape.getFirst();
  }

  private static long columns(List<Long> shape, Grid grid) {
    return shape.size() == 1 ? grid.group() : shape.getLast();
  }

  private static long words(long count, int width) {
    return Math.ceilDiv(count * width, Integer.SIZE);
  }

  private static String codes(String name) {
    return name + ".codes";
  }

  static String scales(String name) {
    return name + ".scales";
  }

  private static String scale(String name) {
    return name + ".scale";
  }

  private static String seeds(String name) {
    return name + ".seeds";
  }

  private static String zeros(String name) {
    return name + ".zeros";
  }
}
