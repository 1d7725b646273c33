package io.compot.model;

import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;

/**
 * A projection whose input is shown to an observer before it is applied.
 *
 * @param linear what does the work, owned
 * @param observer sees x [..., in] inside the caller's scope, in the computation type; it must not
 *     write to it, and keeps what it needs through its own scope
 */
public record ObservedLinear(Linear linear, Consumer<Tensor> observer) implements WrappedLinear {

  @Override
  public Tensor apply(Tensor x) {
    observer.accept(x);
    return linear.apply(x);
  }
}
