package io.compot.model;

import static org.bytedeco.pytorch.global.torch.conv1d;
import static org.bytedeco.pytorch.global.torch.gelu;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;

/**
 * From a spectrogram to an encoder's first hidden states: two convolutions over time, the second of
 * which halves the number of frames, each followed by GELU; then positions are added.
 *
 * @param positions [S, H]
 */
record SpectrogramEntry(Weights weights, Convolution first, Convolution second, Tensor positions)
    implements Entry {

  /** The numbers of frames that a convolution sees at once. */
  private static final Dimension KERNEL = new Dimension(3, "3");

  /** One convolution over time: weight [out, in, 3] and bias [out]. */
  record Convolution(Tensor weight, Tensor bias, long stride) {

    Tensor apply(Tensor x) {
      return conv1d(
          x,
          weight,
          new TensorOptional(bias),
          new long[] {stride},
          new long[] {1},
          new long[] {1},
          1);
    }
  }

  /**
   * See {@link Entry#forward}.
   *
   * @param samples [B, mels, 2 S]
   */
  @Override
  public Tensor forward(Tensor samples, Context context) {
    try (var scope = TensorScope.open()) {
      Tensor x = samples.to(weights.computation().scalarType());
      Tensor heard = gelu(second.apply(gelu(first.apply(x)))).transpose(1, 2);
      return scope.keep(heard.add(positions).contiguous());
    }
  }

  @Override
  public void close() {
    weights.close();
  }

  /**
   * The entry of the named convolutions.
   *
   * @param positions [S, H]
   * @param mels rows of the spectrogram
   * @param width H
   */
  record Spec(String first, String second, TensorSpec positions, Dimension mels, Dimension width)
      implements Part<Entry> {

    @Override
    public Stream<TensorSpec> tensors() {
      return Stream.of(
          weight(first, mels), bias(first), weight(second, width), bias(second), positions);
    }

    private TensorSpec weight(String name, Dimension in) {
      return TensorSpec.of(name + ".weight", width, in, KERNEL);
    }

    private TensorSpec bias(String name) {
      return TensorSpec.of(name + ".bias", width);
    }

    @Override
    public Entry load(Weights weights) throws InputException {
      return new SpectrogramEntry(
          weights,
          new Convolution(weights.tensor(weight(first, mels)), weights.tensor(bias(first)), 1),
          new Convolution(weights.tensor(weight(second, width)), weights.tensor(bias(second)), 2),
          weights.tensor(positions));
    }
  }
}
