package io.compot.checkpoint;

import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.error.Quoted;
import io.compot.form.FactorSize;
import io.compot.form.Factors;
import io.compot.form.LowRankFactors;
import io.compot.form.LowRankSize;
import io.compot.form.SparseFactors;
import io.compot.form.SparseSize;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.TensorSink;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;

/**
 * Factors as named tensors of a checkpoint, packed format version 1. A projection P of torch layout
 * [out, in] has {@code P.dictionary} [k, in], {@code P.values} [nonzeros] and {@code P.mask} U8
 * [out, ⌈k/8⌉], or {@code P.left} [out, r] and {@code P.right} [r, in], in place of {@code
 * P.weight}.
 */
public final class PackedFactors {

  private static final String ADVICE =
      "the packed checkpoint is damaged or was made by another program: compress the model again";

  private PackedFactors() {}

  /** The tensors that factors of this size will be, for declaring them before they exist. */
  public static List<TensorInfo> tensors(
      String projection, FactorSize size, long in, long out, Dtype dtype) {
    return switch (size) {
      case SparseSize sparse -> sparse(projection, sparse.k(), sparse.s() * out, in, out, dtype);
      case LowRankSize low -> lowRank(projection, low.rank(), in, out, dtype);
    };
  }

  /** The tensors that these factors are. */
  public static List<TensorInfo> tensors(String projection, Factors factors) {
    return switch (factors) {
      case SparseFactors sparse ->
          sparse(
              projection, sparse.k(), sparse.nonzeros(), sparse.in(), sparse.out(), sparse.dtype());
      case LowRankFactors low ->
          lowRank(projection, low.rank(), low.right().size(1), low.left().size(0), low.dtype());
    };
  }

  /**
   * Writes factors under the names that {@link #tensors} declared.
   *
   * @throws IllegalArgumentException if the code's support has another size than the factors say
   */
  public static void write(String projection, Factors factors, TensorSink sink)
      throws FailureException {
    switch (factors) {
      case SparseFactors sparse -> {
        sink.write(projection + ".dictionary", sparse.dictionary());
        writeCode(projection, sparse, sink);
      }
      case LowRankFactors low -> {
        sink.write(projection + ".left", low.left());
        sink.write(projection + ".right", low.right());
      }
    }
  }

  /** Whether this projection is stored as factors. */
  public static boolean isPacked(WeightSource source, String projection) {
    return source.has(projection + ".dictionary") || source.has(projection + ".left");
  }

  /**
   * Reads the factors of a projection; the code is unpacked.
   *
   * @return factors owned by the caller
   * @throws InputException naming the tensor whose type, shape, mask or numbers do not fit
   */
  public static Factors read(WeightSource source, String projection, long in, long out)
      throws InputException {
    if (source.has(projection + ".weight")) {
      throw refuse(
          source, projection + ".weight", "it is there beside the factors that replace it");
    }
    if (!source.has(projection + ".dictionary")) {
      return readLowRank(source, projection, in, out);
    }
    try (var arena = Arena.ofConfined()) {
      return readSparse(source, projection, in, out, arena);
    }
  }

  private static Factors readSparse(
      WeightSource source, String projection, long in, long out, Arena arena)
      throws InputException {
    String dictionary = projection + ".dictionary";
    String values = projection + ".values";
    String mask = projection + ".mask";
    Dtype dtype = source.info(dictionary).dtype();
    long k = matrix(source, dictionary, dtype).get(0);
    if (k < 1 || k > Math.max(in, out)) {
      throw refuse(
          source,
          dictionary,
          "%d atoms do not make sense for a projection of %d x %d".formatted(k, out, in));
    }
    expect(source, dictionary, dtype, List.of(k, in));
    expect(source, mask, Dtype.U8, List.of(out, SparseCode.rowBytes(k)));
    MemorySegment maskBytes = source.bytes(mask, arena);
    long row = SparseCode.badPadding(maskBytes, out, k);
    if (row >= 0) {
      throw refuse(source, mask, "row %d has bits set behind its %d entries".formatted(row, k));
    }
    long nonzeros = SparseCode.count(maskBytes);
    TensorInfo stored = source.info(values);
    if (!stored.shape().equals(List.of(nonzeros))) {
      throw refuse(
          source,
          values,
          "shape %s, but the mask has %d bits set".formatted(stored.shape(), nonzeros));
    }
    expect(source, values, dtype, List.of(nonzeros));
    source.requireFinite(values);
    try (var scope = TensorScope.open()) {
      Tensor atoms = source.finiteTensor(dictionary);
      Tensor code = zeros(new long[] {out, k}, new TensorOptions(dtype.scalarType()));
      new SparseCode(source.bytes(values, arena), maskBytes)
          .unpack(NativeMemory.bytes(code), dtype.bytes(), out, k);
      return new SparseFactors(scope.own(atoms), scope.own(code), nonzeros);
    }
  }

  private static Factors readLowRank(WeightSource source, String projection, long in, long out)
      throws InputException {
    String left = projection + ".left";
    String right = projection + ".right";
    Dtype dtype = source.info(left).dtype();
    long rank = matrix(source, left, dtype).get(1);
    if (rank < 1 || rank > Math.min(in, out)) {
      throw refuse(
          source,
          left,
          "rank %d does not make sense for a projection of %d x %d".formatted(rank, out, in));
    }
    expect(source, left, dtype, List.of(out, rank));
    expect(source, right, dtype, List.of(rank, in));
    try (var scope = TensorScope.open()) {
      Tensor l = source.finiteTensor(left);
      Tensor r = source.finiteTensor(right);
      return new LowRankFactors(scope.own(l), scope.own(r));
    }
  }

  @SuppressWarnings("try") // the scope frees what contiguous() may have copied
  private static void writeCode(String projection, SparseFactors factors, TensorSink sink)
      throws FailureException {
    try (var scope = TensorScope.open();
        var arena = Arena.ofConfined()) {
      SparseCode packed =
          SparseCode.pack(
              NativeMemory.bytes(factors.code().contiguous()),
              factors.dtype().bytes(),
              factors.out(),
              factors.k(),
              factors.nonzeros(),
              arena);
      sink.write(projection + ".values", packed.values());
      sink.write(projection + ".mask", packed.mask());
    }
  }

  private static List<TensorInfo> sparse(
      String projection, long k, long nonzeros, long in, long out, Dtype dtype) {
    return List.of(
        new TensorInfo(projection + ".dictionary", dtype, List.of(k, in)),
        new TensorInfo(projection + ".values", dtype, List.of(nonzeros)),
        new TensorInfo(projection + ".mask", Dtype.U8, List.of(out, SparseCode.rowBytes(k))));
  }

  private static List<TensorInfo> lowRank(
      String projection, long rank, long in, long out, Dtype dtype) {
    return List.of(
        new TensorInfo(projection + ".left", dtype, List.of(out, rank)),
        new TensorInfo(projection + ".right", dtype, List.of(rank, in)));
  }

  private static List<Long> matrix(WeightSource source, String name, Dtype dtype)
      throws InputException {
    List<Long> shape = source.info(name).shape();
    if (!dtype.isFloating() || shape.size() != 2) {
      throw refuse(
          source,
          name,
          "expected a matrix of floating-point numbers, found %s %s".formatted(dtype, shape));
    }
    return shape;
  }

  private static void expect(WeightSource source, String name, Dtype dtype, List<Long> shape)
      throws InputException {
    TensorInfo found = source.info(name);
    if (found.dtype() != dtype || !found.shape().equals(shape)) {
      throw refuse(
          source,
          name,
          "expected %s %s, found %s %s".formatted(dtype, shape, found.dtype(), found.shape()));
    }
  }

  private static InputException refuse(WeightSource source, String name, String problem)
      throws InputException {
    return InputException.in(source.file(name), "tensor " + Quoted.of(name), problem, ADVICE);
  }
}
