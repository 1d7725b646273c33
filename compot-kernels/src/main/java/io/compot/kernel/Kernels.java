package io.compot.kernel;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.LoggerFactory;

/**
 * Products of a few vectors with stored weights, by a fixed number of threads: the same threads
 * give the same bits. For one caller at a time.
 */
public final class Kernels implements AutoCloseable {

  private static final AtomicBoolean TOLD = new AtomicBoolean();

  private final Arithmetic arithmetic;
  private final Team team;
  private final Vectors vectors = new Vectors();

  /** Kernels of the given arithmetic. */
  Kernels(Arithmetic arithmetic, int threads) {
    this.arithmetic = arithmetic;
    this.team = new Team(threads);
  }

  /** The fastest kernels that this JVM has. */
  public static Kernels of(int threads) {
    return new Kernels(arithmetic(), Math.max(1, threads));
  }

  /**
   * Whether this JVM has vectors. Where it has none, plain Java computes the same, many times as
   * slowly, and a line of the log says once how to start it.
   */
  public static boolean vectors() {
    if (!VectorModule.there() && TOLD.compareAndSet(false, true)) {
      LoggerFactory.getLogger(Kernels.class)
          .info(
              "start java with --add-modules {} to decode several times as fast",
              VectorModule.NAME);
    }
    return VectorModule.there();
  }

  private static Arithmetic arithmetic() {
    return vectors() ? new VectorArithmetic() : new PlainArithmetic();
  }

  /** What computes, for people. */
  public String name() {
    return "%s, %d threads".formatted(arithmetic.name(), team.threads());
  }

  /** A weight made ready. */
  public Product product(Weight weight) {
    return new Product(weight, operation(weight));
  }

  private Operation operation(Weight weight) {
    return switch (weight) {
      case Weight.ByRows rows -> new RowsOperation(arithmetic.rows(rows));
      case Weight.LowRank(Weight left, Weight right) ->
          new Chain(operation(right), operation(left));
      case Weight.Sparse sparse ->
          new Chain(
              operation(sparse.dictionary()),
              new CodeOperation(arithmetic.code(sparse), sparse.out(), sparse.k()));
      case Weight.Sum(Weight base, Weight rest) -> new Both(operation(base), operation(rest));
      case Weight.Trellis trellis ->
          new TrellisOperation(trellis, arithmetic.columns(trellis), team.threads());
    };
  }

  /**
   * y = x Wᵀ of several weights and the same vectors.
   *
   * @param x [count, in]
   * @param y for each weight an array that takes [count, out]
   */
  public void apply(List<Product> products, float[] x, int count, List<float[]> y) {
    int phases = 0;
    for (Product product : products) {
      phases = Math.max(phases, product.operation().phases());
    }
    vectors.set(x, count);
    for (int phase = 0; phase < phases; phase++) {
      phase(products, phase, count, y);
    }
    for (int i = 0; i < products.size(); i++) {
      products.get(i).operation().after(count, y.get(i));
    }
  }

  private void phase(List<Product> products, int phase, int count, List<float[]> y) {
    for (Product product : products) {
      if (phase < product.operation().phases()) {
        product.operation().before(phase, vectors);
      }
    }
    team.run((part, parts) -> {
      for (int i = 0; i < products.size(); i++) {
        Operation operation = products.get(i).operation();
        if (phase < operation.phases()) {
          operation.part(phase, part, parts, count, y.get(i));
        }
      }
    });
  }

  /** y = x Wᵀ of one weight. */
  public void apply(Product product, float[] x, int count, float[] y) {
    apply(List.of(product), x, count, List.of(y));
  }

  /** A row of a weight, in the order of its columns. */
  public void row(Weight.ByRows weight, int row, float[] to) {
    new PlainRows(weight).read(row, to);
  }

  /** Shares work among the threads: things 0 to count - 1. */
  public void forEach(int count, java.util.function.IntConsumer work) {
    team.run((part, parts) -> {
      int last = Operation.begin(part + 1, parts, count);
      for (int i = Operation.begin(part, parts, count); i < last; i++) {
        work.accept(i);
      }
    });
  }

  /** Σ a·b over n numbers. */
  public float dot(float[] a, int aAt, float[] b, int bAt, int n) {
    return arithmetic.dot(a, aAt, b, bAt, n);
  }

  /** gate ⊙ σ(gate) ⊙ up, in place of gate, by all threads. */
  public void silu(float[] gate, float[] up, int count) {
    team.run((part, parts) ->
        arithmetic.silu(
            gate,
            up,
            Operation.begin(part, parts, count),
            Operation.begin(part + 1, parts, count)));
  }

  /** Attention over keys and values as they are stored; see {@link Attention}. */
  public Attention attention() {
    return new Attention(arithmetic);
  }

  @Override
  public void close() {
    team.close();
  }
}
