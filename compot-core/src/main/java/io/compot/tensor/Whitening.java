package io.compot.tensor;

import static org.bytedeco.pytorch.global.torch.aminmax;
import static org.bytedeco.pytorch.global.torch.cholesky_solve;
import static org.bytedeco.pytorch.global.torch.empty_like;
import static org.bytedeco.pytorch.global.torch.eye;
import static org.bytedeco.pytorch.global.torch.linalg_cholesky_ex_out;
import static org.bytedeco.pytorch.global.torch.linalg_eigh;
import static org.bytedeco.pytorch.global.torch.linalg_solve_triangular;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.error.FailureException;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The factor L with LᵀL = G of a Gram matrix G = XᵀX, so that ‖X(W−W̃)‖_F = ‖L(W−W̃)‖_F (CoSpaDi
 * Eq. 2, SVD-LLM §3). Computed once and shared by all projections with the same input.
 *
 * <p>G is first divided by a power of two near its mean diagonal, so multiplying G by a constant
 * changes no factor and no reported number. Held is C = Lᵀ, [in, in], double, since weights come in
 * torch layout: whitening is W·C.
 *
 * <p>Steps are tried until one holds: {@link Step#CHOLESKY}; {@link Step#DAMPED}, Cholesky of G +
 * δ·mean(diag G)·I with δ = 1e-10, 1e-8, 1e-6, 1e-4; {@link Step#EIGEN}, eigenvalues below 1e-10 of
 * the largest raised to that. A Cholesky factor holds where every pivot keeps at least 1e-11 of its
 * diagonal entry: below that, double has no digits left in it. An all-zero G says nothing about the
 * weights: {@link Step#NONE}, C is the identity.
 *
 * <p>Owns native memory; safe to share between threads until closed.
 */
public final class Whitening implements AutoCloseable {

  private static final double[] DAMPING = {1e-10, 1e-8, 1e-6, 1e-4};
  private static final double SMALLEST_PIVOT = 1e-11;
  private static final double EIGEN_CUTOFF = 1e-10;
  private static final double INDEFINITE = 1e-3;

  /** How L was found. */
  public enum Step {
    NONE,
    CHOLESKY,
    DAMPED,
    EIGEN;

    /** The name in reports: none, cholesky, damped, eigen. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** What is made of a Gram matrix once for all projections with its input. */
  public interface Derived extends AutoCloseable {
    @Override
    void close();
  }

  /** Makes such a thing. */
  @FunctionalInterface
  public interface Maker<T extends Derived> {
    T of(Tensor gram) throws FailureException;
  }

  private final Map<Object, Derived> derived = new HashMap<>();
  private final Tensor root;
  private final Step step;
  private final double damping;
  private @Nullable Tensor gram;

  private Whitening(Tensor root, Step step, double damping) {
    this.root = root;
    this.step = step;
    this.damping = damping;
  }

  /**
   * Finds L.
   *
   * @param gram [in, in], double, uncentred sum over tokens; only read, and not held on to
   * @param name the projections it belongs to, for messages
   * @throws FailureException where G has NaN or infinite entries or is no Gram matrix
   */
  public static Whitening of(Tensor gram, String name) throws FailureException {
    if (gram.dim() != 2 || gram.size(0) != gram.size(1) || Dtype.of(gram) != Dtype.F64) {
      throw new IllegalArgumentException(name + ": a Gram matrix is square and of type F64");
    }
    try (var scope = TensorScope.open()) {
      // No copies of G: it may be the largest matrix of the whole work.
      var extremes = aminmax(gram);
      double least = extremes.get0().item_double();
      double most = extremes.get1().item_double();
      if (!Double.isFinite(least) || !Double.isFinite(most)) {
        throw new FailureException(
            name
                + ": the Gram matrix has NaN or infinite entries; look for overflowing activations,"
                + " or calibrate with other text or in f32");
      }
      if (least == 0 && most == 0) {
        Tensor identity = eye(gram.size(0), new TensorOptions(ScalarType.Double));
        return new Whitening(scope.own(identity), Step.NONE, 0);
      }
      double[] divisors = divisors(gram, name);
      // One matrix of the same size is all that the attempts share: G may be the largest matrix of
      // the whole work.
      Tensor room = empty_like(gram).t();
      double mean = scaled(gram, divisors, room).diagonal().mean().item_double();
      if (cholesky(gram, divisors, 0, room)) {
        return new Whitening(scope.own(room), Step.CHOLESKY, 0);
      }
      for (double damping : DAMPING) {
        if (cholesky(gram, divisors, damping * mean, room)) {
          return new Whitening(scope.own(room), Step.DAMPED, damping);
        }
      }
      Tensor root = eigenRoot(scaled(gram, divisors, room), name);
      return new Whitening(scope.own(root), Step.EIGEN, EIGEN_CUTOFF);
    }
  }

  /**
   * One that was found before.
   *
   * @param root {@link #root()}, handed over, laid out as it was: products depend on it in their
   *     last bits
   */
  public static Whitening found(Tensor root, Step step, double damping) {
    return new Whitening(root, step, damping);
  }

  /** Two steps, for the mean of entries near the largest double would overflow. */
  private static double[] divisors(Tensor gram, String name) throws FailureException {
    try (var _ = TensorScope.open()) {
      Tensor diagonal = gram.diagonal();
      double largest = diagonal.amax().item_double();
      if (largest <= 0) {
        throw notPositive(name);
      }
      double first = powerOfTwo(largest);
      Tensor scaled = diagonal.div(new Scalar(first));
      return new double[] {first, powerOfTwo(scaled.mean().item_double())};
    }
  }

  /** Writes G/(both divisors) into {@code room}, which it gives back. */
  private static Tensor scaled(Tensor gram, double[] divisors, Tensor room) {
    room.copy_(gram);
    for (double divisor : divisors) {
      room.div_(new Scalar(divisor));
    }
    return room;
  }

  private static double powerOfTwo(double near) {
    return Math.scalb(1.0, Math.getExponent(near));
  }

  private static FailureException notPositive(String name) {
    return new FailureException(
        name + ": the matrix given as Gram matrix is not positive semidefinite; compute it as XᵀX");
  }

  /**
   * Tries to make {@code room} the Cholesky factor of the scaled and shifted G, in its own memory.
   *
   * @return whether it holds; if not, {@code room} is spoilt
   */
  private static boolean cholesky(Tensor gram, double[] divisors, double shift, Tensor room) {
    try (var _ = TensorScope.open()) {
      Tensor root = scaled(gram, divisors, room);
      Tensor shifted = root.diagonal().add(new Scalar(shift));
      root.diagonal().copy_(shifted);
      Tensor info = zeros(new long[0], new TensorOptions(ScalarType.Int));
      // The matrix is symmetric and laid out by columns, as LAPACK wants the factor: no copy.
      linalg_cholesky_ex_out(root, info, root);
      if (info.item_int() != 0) {
        return false;
      }
      Tensor kept = root.diagonal().square().div(shifted);
      // A comparison that NaN fails.
      return kept.amin().item_double() >= SMALLEST_PIVOT;
    }
  }

  private static Tensor eigenRoot(Tensor gram, String name) throws FailureException {
    try (var scope = TensorScope.open()) {
      var decomposition = linalg_eigh(gram);
      Tensor values = decomposition.get0();
      double largest = values.amax().item_double();
      if (!(largest > 0) || values.amin().item_double() < -INDEFINITE * largest) {
        throw notPositive(name);
      }
      Tensor raised = values.clamp_min(new Scalar(EIGEN_CUTOFF * largest));
      return scope.keep(decomposition.get1().mul(raised.sqrt()));
    } catch (RuntimeException e) {
      // libtorch names no layer when its iteration does not converge.
      throw new FailureException(
          name
              + ": the eigenvalues of its Gram matrix cannot be computed ("
              + String.valueOf(e.getMessage()).lines().findFirst().orElse("")
              + "); calibrate with more or other text",
          e);
    }
  }

  /** Input features. */
  public long in() {
    return root.size(0);
  }

  /** The step that held. */
  public Step step() {
    return step;
  }

  /** What was added to the diagonal (or the eigenvalues' floor), relative; 0 where nothing was. */
  public double damping() {
    return damping;
  }

  /** C = Lᵀ with C·Cᵀ = G up to a power of two; [in, in], double; belongs to this object. */
  public Tensor root() {
    return root;
  }

  /**
   * G up to a power of two, without what damping added; [in, in], double, its diagonal not
   * negative. After {@link Step#EIGEN} its small eigenvalues stay raised. It is made once, for all
   * projections with this input; it belongs to this object, and is only to be read.
   */
  public synchronized Tensor gram() {
    if (gram == null) {
      try (var scope = TensorScope.open()) {
        Tensor product = root.mm(root.t());
        if (step == Step.DAMPED) {
          double added = product.diagonal().mean().item_double() * damping / (1 + damping);
          product.diagonal().sub_(new Scalar(added));
        }
        product.diagonal().clamp_min_(new Scalar(0.0)); // it comes from a root, with its rounding
        gram = scope.own(product);
      }
    }
    return gram;
  }

  /**
   * What is made of {@link #gram()}, once for each key; it belongs to this object, and is closed
   * with it.
   *
   * @param key of all that decides it beside the matrix
   */
  public synchronized <T extends Derived> T derived(Class<T> type, Object key, Maker<T> maker)
      throws FailureException {
    Derived found = derived.get(key);
    if (found == null) {
      found = maker.of(gram());
      derived.put(key, found);
    }
    return type.cast(found);
  }

  /**
   * (LW)ᵀ.
   *
   * @param weight torch layout [out, in], any floating type
   * @return [out, in], double, in the caller's scope
   */
  public Tensor whiten(Tensor weight) {
    try (var scope = TensorScope.open()) {
      return scope.keep(weight.to(ScalarType.Double).mm(root));
    }
  }

  /**
   * (L⁻¹D)ᵀ, by a triangular solve where L is triangular.
   *
   * @param atoms Dᵀ, [k, in], any floating type
   * @return [k, in], double, in the caller's scope
   */
  public Tensor dewhiten(Tensor atoms) {
    try (var scope = TensorScope.open()) {
      Tensor wide = atoms.to(ScalarType.Double);
      if (step == Step.EIGEN) {
        // C = VΛ^½, so C⁻¹ = Λ⁻¹Cᵀ; the squared norms of C's columns are Λ.
        return scope.keep(wide.div(root.square().sum(0)).mm(root.t()));
      }
      return scope.keep(linalg_solve_triangular(root, wide, false, false, false));
    }
  }

  /**
   * The least B with ‖BL − D‖² + δ·mean(diag G)·‖B‖² (Tikhonov), which is {@link #dewhiten} but
   * where inputs hardly vary: there atoms are as large as L⁻¹ makes them, for an effect that nobody
   * sees.
   *
   * @param atoms Dᵀ, [k, in], any floating type
   * @param damping δ, above 0
   * @return [k, in], double, in the caller's scope
   */
  public Tensor dewhiten(Tensor atoms, double damping) {
    try (var scope = TensorScope.open()) {
      Tensor projected = atoms.to(ScalarType.Double).mm(root.t());
      Tensor damped = root.mm(root.t());
      double mean = damped.diagonal().mean().item_double();
      Tensor lower = RidgedCholesky.lower(damped, damping * mean);
      return scope.keep(cholesky_solve(projected.t().contiguous(), lower).t().contiguous());
    }
  }

  @Override
  public synchronized void close() {
    derived.values().forEach(Derived::close);
    derived.clear();
    if (gram != null) {
      gram.close();
      gram = null;
    }
    root.close();
  }
}
