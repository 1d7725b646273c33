package io.compot.model;

/** A projection that does something beside another one, which it owns. */
public interface WrappedLinear extends Linear {

  /** What does the work. */
  Linear linear();

  @Override
  default String name() {
    return linear().name();
  }

  @Override
  default long in() {
    return linear().in();
  }

  @Override
  default long out() {
    return linear().out();
  }

  @Override
  default void close() {
    linear().close();
  }
}
