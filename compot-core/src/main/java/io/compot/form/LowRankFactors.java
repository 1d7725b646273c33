package io.compot.form;

import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * W ≈ left · right (truncated SVD, SVD-LLM).
 *
 * @param left [out, r]
 * @param right [r, in], same dtype
 */
public record LowRankFactors(Tensor left, Tensor right) implements Factors {

  public long rank() {
    return right.size(0);
  }

  @Override
  public Dtype dtype() {
    return Dtype.of(left);
  }

  @Override
  public long bits() {
    return (left.numel() + right.numel()) * dtype().bits();
  }

  @Override
  public Map<String, Long> bitsByPart() {
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("left", left.numel() * dtype().bits());
    parts.put("right", right.numel() * dtype().bits());
    return parts;
  }

  @Override
  public Tensor dense(Dtype computation) {
    try (var scope = TensorScope.open()) {
      var type = computation.scalarType();
      return scope.keep(left.to(type).mm(right.to(type)));
    }
  }

  @Override
  public void close() {
    left.close();
    right.close();
  }
}
