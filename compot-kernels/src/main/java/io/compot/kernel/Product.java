package io.compot.kernel;

/** A weight made ready to be multiplied by; {@link Kernels} makes it and runs it. */
public final class Product {

  private final Weight weight;
  private final Operation operation;

  Product(Weight weight, Operation operation) {
    this.weight = weight;
    this.operation = operation;
  }

  /** What it multiplies by. */
  public Weight weight() {
    return weight;
  }

  Operation operation() {
    return operation;
  }
}
