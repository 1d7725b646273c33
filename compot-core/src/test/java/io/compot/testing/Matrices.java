package io.compot.testing;

import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.tensor.NativeMemory;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Seeded matrices for tests, in double; between tensors and plain arrays. */
public final class Matrices {

  private Matrices() {}

  /** Independent standard normal entries. */
  public static Tensor gaussian(long rows, long columns, long seed) {
    var random = new SplittableRandom(seed);
    double[][] values = new double[(int) rows][(int) columns];
    for (double[] row : values) {
      java.util.Arrays.setAll(row, i -> random.nextGaussian());
    }
    return tensor(values);
  }

  /** Correlated inputs with outlying channels: XᵀX of {@code tokens} rows, [size, size]. */
  public static Tensor gram(long size, long tokens, long seed) {
    Tensor mix = gaussian(size, size, seed + 1);
    Tensor x = gaussian(tokens, size, seed).mm(mix);
    for (long channel = 0; channel < size; channel += 7) {
      x.narrow(1, channel, 1).mul_(new org.bytedeco.pytorch.Scalar(10.0));
    }
    return x.t().mm(x);
  }

  /** G_ij / √(G_ii G_jj). */
  public static Tensor correlation(Tensor gram) {
    Tensor deviations = gram.diagonal().sqrt();
    return gram.div(deviations.unsqueeze(0)).div_(deviations.unsqueeze(1));
  }

  /** A double tensor of these rows. */
  public static Tensor tensor(double[][] values) {
    Tensor tensor =
        zeros(new long[] {values.length, values[0].length}, new TensorOptions(ScalarType.Double));
    var buffer =
        NativeMemory.bytes(tensor).asByteBuffer().order(ByteOrder.nativeOrder()).asDoubleBuffer();
    for (double[] row : values) {
      buffer.put(row);
    }
    return tensor;
  }

  /** The rows of a matrix of any floating type. */
  public static double[][] rows(Tensor tensor) {
    double[][] values = new double[(int) tensor.size(0)][(int) tensor.size(1)];
    Tensor wide = tensor.to(ScalarType.Double).contiguous();
    var buffer =
        NativeMemory.bytes(wide).asByteBuffer().order(ByteOrder.nativeOrder()).asDoubleBuffer();
    for (double[] row : values) {
      buffer.get(row);
    }
    return values;
  }
}
