package io.compot.tensor;

import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The lifetime of native tensors. Every libtorch tensor made while a scope is open on this thread
 * is freed when the scope closes, unless it was handed on with {@link #keep} or {@link #own}.
 * Without a scope native memory leaks until the garbage collector happens to run, so every
 * operation that makes tensors opens one.
 *
 * <pre>{@code
 * try (var scope = TensorScope.open()) {
 *   Tensor gram = x.t().mm(x);   // x.t() dies here
 *   return scope.keep(gram);     // lives on in the caller's scope
 * }
 * }</pre>
 *
 * <p>Scopes nest and belong to the thread that opened them; hand tensors on only from the innermost
 * one.
 */
public final class TensorScope implements AutoCloseable {

  static {
    NativeLibraries.settle();
  }

  private final PointerScope pointers = new PointerScope();

  private TensorScope() {}

  /** Opens a scope inside the current one of this thread, if any. */
  public static TensorScope open() {
    return new TensorScope();
  }

  /**
   * Hands a tensor on to the enclosing scope; where there is none, the caller owns it as with
   * {@link #own}.
   */
  public Tensor keep(Tensor tensor) {
    PointerScope outer = enclosing();
    if (outer == null) {
      tensor.retainReference();
    } else {
      outer.attach(tensor);
    }
    return tensor;
  }

  /** Takes a tensor out of every scope: it lives until its owner calls {@link Tensor#close()}. */
  public Tensor own(Tensor tensor) {
    tensor.retainReference();
    return tensor;
  }

  @Override
  public void close() {
    pointers.close();
  }

  private static @Nullable PointerScope enclosing() {
    var scopes = PointerScope.getScopeIterator();
    scopes.next(); // this scope: the innermost one
    return scopes.hasNext() ? scopes.next() : null;
  }
}
