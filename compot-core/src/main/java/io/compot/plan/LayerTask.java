package io.compot.plan;

import io.compot.form.Form;
import io.compot.tensor.Dtype;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One projection to factorise, as a value: all that a worker needs to know besides the method and
 * the whitening of its input.
 *
 * @param checkpoint folder that holds the weight
 * @param name of the projection, without {@code .weight}
 * @param input name of the first projection that shares its input, whose Gram matrix serves it
 * @param size of the factors
 * @param stored type of the factors
 * @param before bits of the dense weight
 * @param why the allocation's reason for this size
 * @param seed for methods that draw random numbers
 * @param metric file of the output metric, of methods that have one; null for others
 * @param output file for the packed factors
 */
public record LayerTask(
    Path checkpoint,
    String name,
    String input,
    Form size,
    Dtype stored,
    long before,
    String why,
    long seed,
    @Nullable Path metric,
    Path output) {

  /** A seed of its own for each projection, whatever the order of work. */
  public static long seed(long seed, String name) {
    return 31 * seed + name.hashCode();
  }
}
