package io.compot.audio;

import static org.bytedeco.pytorch.global.torch.constant_pad_nd;

import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Sound that a model hears at once, and silence behind it. */
record ShortSound(Sound sound, LogMel mel) implements HeardSound {

  @Override
  public long frames() {
    return mel.frames();
  }

  @Override
  public double seconds() {
    return sound.seconds();
  }

  @Override
  public boolean whole() {
    return true;
  }

  @Override
  public Tensor from(long from) {
    try (var scope = TensorScope.open()) {
      Tensor rest = mel.of(sound.samples()).narrow(1, from, mel.frames() - from);
      return scope.keep(constant_pad_nd(rest, new long[] {0, from}, new Scalar(0.0)));
    }
  }

  @Override
  public void close() {
    // It is memory.
  }
}
