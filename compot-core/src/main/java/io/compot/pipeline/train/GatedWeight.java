package io.compot.pipeline.train;

import io.compot.form.codec.TrainedWeight;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * A weight whose outputs go through a smooth gate along their principal directions, the i-th of
 * which stays by ½ + ½ tanh((k − i + ½)/w): about k of them do. Of all numbers k alone is trained,
 * as the part k/p of all p directions.
 *
 * @param part k/p, [1]; in {@code numbers}
 * @param directions owned
 * @param width w
 */
record GatedWeight(
    SequencedMap<String, Tensor> numbers, Tensor part, Directions directions, double width)
    implements TrainedWeight {

  /**
   * Principal directions of the outputs, single precision, owned.
   *
   * @param left V, [out, p]
   * @param right VᵀW, [p, in]
   */
  record Directions(Tensor left, Tensor right) implements AutoCloseable {

    @Override
    public void close() {
      left.close();
      right.close();
    }
  }

  /** The name of what is trained. */
  private static final String PART = "part";

  /** The projection whose part a tensor is. */
  static String projection(TensorInfo part) {
    return part.name().substring(0, part.name().length() - PART.length() - 1);
  }

  /** With a part to begin with; the directions are handed over. */
  static GatedWeight of(double part, Directions directions, double width) {
    try (var _ = TensorScope.open()) {
      var numbers = new LinkedHashMap<String, Tensor>();
      Tensor leaf = TrainedWeight.leaf(torch.full(new long[] {1}, new Scalar(part)));
      numbers.put(PART, leaf);
      return new GatedWeight(numbers, leaf, directions, width);
    }
  }

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      long all = directions.left().size(1);
      Tensor middles = torch.arange(new Scalar(all)).add(new Scalar(0.5));
      Tensor above = part.mul(new Scalar((double) all)).sub(middles);
      Tensor gate = above.div(new Scalar(width)).tanh().add(new Scalar(1.0)).mul(new Scalar(0.5));
      Tensor along = x.matmul(directions.right().t());
      return scope.keep(along.mul(gate).matmul(directions.left().t()));
    }
  }

  @Override
  public void close() {
    part.close();
    directions.close();
  }
}
