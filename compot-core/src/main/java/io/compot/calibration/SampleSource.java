package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.model.Layout;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** What a stack of blocks is calibrated on: windows of tokens, frames of sound, … */
public interface SampleSource {

  /** Hidden states that each sample makes. */
  Lengths lengths();

  /**
   * Some samples as the stack's entry takes them.
   *
   * @param from first of several that make as many hidden states
   * @param to behind the last
   * @return one sample each in the first dimension, in the caller's scope
   * @throws CompotException where a sample cannot be read
   */
  Tensor batch(int from, int to) throws CompotException;

  /**
   * How the positions of a sample lie, where they do not just stand one behind the other; such
   * samples go through a block alone. Null where they do.
   */
  default @Nullable Layout layout(int sample) {
    return null;
  }

  /** Every second sample, where that leaves at least {@code least}; else all of them. */
  SampleSource halved(int least);

  /** What they are, in a few words with a digest: the same words, the same samples. */
  String identity();
}
