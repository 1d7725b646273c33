package io.compot.plan;

import io.compot.form.Form;
import io.compot.method.CompressionMethod;
import io.compot.tensor.Dtype;
import java.util.Optional;

/**
 * What would be done with one projection.
 *
 * @param name checkpoint name without {@code .weight}
 * @param block index of its block
 * @param in input features
 * @param out output features
 * @param dtype stored type of the weight
 * @param stored type of the factors
 * @param maker method that makes the factors
 * @param size of the factors; empty where it stays dense
 * @param bitsBefore of the dense weight, without the bias
 * @param bitsAfter of what replaces it
 * @param denseReason why it stays dense; empty where it does not
 * @param why what the allocation says of its choice; empty where it had none
 */
public record PlannedProjection(
    String name,
    int block,
    long in,
    long out,
    Dtype dtype,
    Dtype stored,
    CompressionMethod maker,
    Optional<Form> size,
    long bitsBefore,
    long bitsAfter,
    String denseReason,
    String why) {

  /** Name of the method that makes the factors. */
  public String method() {
    return maker.name();
  }

  /** Whether factors will replace the weight. */
  public boolean compressed() {
    return size.isPresent();
  }

  /** Whether it shares the budget. */
  public boolean chosen() {
    return compressed() || !why.isEmpty();
  }
}
