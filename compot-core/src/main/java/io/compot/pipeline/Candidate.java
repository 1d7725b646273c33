package io.compot.pipeline;

import io.compot.allocation.ProjectionProfile;
import io.compot.allocation.RatioOptions;
import io.compot.method.CompressionMethod;
import io.compot.tensor.Dtype;

/**
 * A projection that shares the budget, or is kept out of it.
 *
 * @param name checkpoint name without {@code .weight}
 * @param block index of its block
 * @param in input features
 * @param out output features
 * @param dtype stored type of the weight
 * @param stored type of factors
 * @param bits of the dense weight
 * @param keptOut why it stays dense whatever the budget; empty where it does not
 */
record Candidate(
    String name,
    int block,
    long in,
    long out,
    Dtype dtype,
    Dtype stored,
    long bits,
    String keptOut) {

  boolean chosen() {
    return keptOut.isEmpty();
  }

  /** What shapes alone say to an allocator. */
  ProjectionProfile profile(CompressionMethod method) {
    RatioOptions.SizeRule sizes = ratio -> method.size(in, out, stored.bits(), ratio);
    var source = new RatioOptions(method.name(), in, out, stored.bits(), sizes);
    return ProjectionProfile.of(name, in, out, block, bits, source);
  }
}
