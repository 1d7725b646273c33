package io.compot.calibration;

import io.compot.error.FailureException;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The Gram matrix G = XᵀX of a projection's input, [in, in], in double: uncentred and summed over
 * all tokens (SVD-LLM, ROCKET). Frees its memory when closed.
 */
public final class Gram implements AutoCloseable {

  private static final long STRIP = 1024;

  private final String name;
  private final long in;
  private final ScalarType products;
  private final PartedSum sum;
  private long tokens;

  /** Σ‖x‖⁴, of single products. */
  private double fourth;

  private boolean finite = true;

  /**
   * An empty sum.
   *
   * @param name of the projections it belongs to, for messages
   */
  public Gram(String name, long in) {
    this(name, in, ScalarType.Double);
  }

  /** An empty sum, in double, of products in single precision: enough where nothing is inverted. */
  static Gram ofSingleProducts(String name, long in) {
    return new Gram(name, in, ScalarType.Float);
  }

  private Gram(String name, long in, ScalarType products) {
    this.name = name;
    this.in = in;
    this.products = products;
    this.sum = new PartedSum(in, in);
  }

  private Gram(String name, Tensor owned, long tokens) {
    this.name = name;
    this.in = owned.size(0);
    this.products = ScalarType.Double;
    this.sum = PartedSum.of(owned);
    this.tokens = tokens;
  }

  /**
   * A sum that was taken before.
   *
   * @param matrix [in, in] in double, owned by the new object
   * @param tokens summed in it
   */
  static Gram of(String name, Tensor matrix, long tokens) {
    return new Gram(name, matrix, tokens);
  }

  /**
   * Adds the rows of X. NaN or infinite entries are remembered for {@link #requireFinite()}, since
   * the model that shows its inputs has no way to pass an error on.
   *
   * @param x [..., in], any floating type
   */
  public void add(Tensor x) {
    try (var _ = TensorScope.open()) {
      Tensor rows = x.reshape(-1, in).to(products);
      // A sum of magnitudes is finite just where all of them are: doubles of floats cannot
      // overflow.
      if (Double.isFinite(sum(rows.abs()))) {
        addProducts(rows);
        if (products == ScalarType.Float) {
          fourth += sum(rows.square().sum(1).to(ScalarType.Double).square());
        }
        tokens += rows.size(0);
      } else {
        finite = false;
      }
    }
  }

  /**
   * Whether all inputs so far were numbers.
   *
   * @throws FailureException naming the layer where one was not
   */
  public void requireFinite() throws FailureException {
    if (!finite) {
      throw new FailureException(
          name
              + ": its input has NaN or infinite entries on the calibration text; compute in f32, or"
              + " check that the checkpoint is sound");
    }
  }

  /** What is added next belongs to another of the samples' {@linkplain Lengths#parts parts}. */
  void endPart() {
    sum.endPart();
  }

  /** Only strips on and above the diagonal: the rest is their mirror. */
  private void addProducts(Tensor rows) {
    for (long from = 0; from < in; from += STRIP) {
      try (var _ = TensorScope.open()) {
        long width = Math.min(STRIP, in - from);
        Tensor strip = rows.narrow(1, from, width);
        Tensor right = rows.narrow(1, from, in - from);
        Tensor target = sum.current().narrow(0, from, width).narrow(1, from, in - from);
        if (products == ScalarType.Double) {
          target.addmm_(strip.t(), right, new Scalar(1), new Scalar(1));
        } else {
          target.add_(strip.t().mm(right));
        }
      }
    }
  }

  private static double sum(Tensor x) {
    try (var accurate = new ScalarTypeOptional(ScalarType.Double)) {
      return x.sum(accurate).item_double();
    }
  }

  /**
   * Moves a sum of single products towards a multiple of the identity by as much as it is chance:
   * of few tokens a matrix knows of directions that it never saw only that they do not matter.
   * Ledoit and Wolf (2004), ρ = min(1, Σ‖xxᵀ − S‖² / (n²·‖S − μI‖²)) with S = G/n and μ its mean
   * diagonal; of many tokens ρ is a trace.
   *
   * @param least of ρ: the part of the gradients' energy that tokens of a sample have in common, of
   *     which single tokens say nothing
   * @return ρ
   */
  public double shrink(double least) {
    if (tokens == 0) {
      return 0;
    }
    try (var _ = TensorScope.open()) {
      Tensor whole = matrix();
      double n = tokens;
      double square = whole.square().sum().item_double() / n / n;
      double mean = whole.diagonal().mean().item_double() / n;
      double spread = square - mean * mean * in;
      double chance = (fourth / n - square) / n;
      double rho = Math.max(least, chance <= 0 ? 0 : chance < spread ? chance / spread : 1);
      whole.mul_(new Scalar(1 - rho));
      whole.diagonal().add_(new Scalar(rho * mean * n));
      return rho;
    }
  }

  /** Tokens summed so far. */
  public long tokens() {
    return tokens;
  }

  /** G, symmetric to the last bit; belongs to this object. */
  public Tensor matrix() {
    Tensor total = sum.total();
    for (long from = 0; from < in; from += STRIP) {
      try (var _ = TensorScope.open()) {
        long width = Math.min(STRIP, in - from);
        Tensor strip = total.narrow(0, from, width);
        Tensor square = strip.narrow(1, from, width);
        square.copy_(square.triu().add_(square.triu(1).t()));
        long below = from + width;
        total
            .narrow(0, below, in - below)
            .narrow(1, from, width)
            .copy_(strip.narrow(1, below, in - below).t());
      }
    }
    return total;
  }

  @Override
  public void close() {
    sum.close();
  }
}
