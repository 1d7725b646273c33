package io.compot.form;

import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * W ≈ code · dictionary: a dense de-whitened dictionary and a sparse code (COMPOT, CoSpaDi,
 * ROCKET).
 *
 * @param dictionary Aᵀ, [k, in], rows are atoms
 * @param code Sᵀ, [out, k], held dense with its zeros; same dtype. +0.0 stands outside the support;
 *     a stored value that rounded to zero is −0.0
 * @param nonzeros entries of the code that are stored, that is those that are not +0.0
 */
public record SparseFactors(Tensor dictionary, Tensor code, long nonzeros) implements Factors {

  public long k() {
    return dictionary.size(0);
  }

  public long in() {
    return dictionary.size(1);
  }

  public long out() {
    return code.size(0);
  }

  @Override
  public Dtype dtype() {
    return Dtype.of(dictionary);
  }

  @Override
  public long bits() {
    return SparseSize.bits(in(), out(), k(), nonzeros, dtype().bits());
  }

  @Override
  public Map<String, Long> bitsByPart() {
    Map<String, Long> parts = new LinkedHashMap<>();
    parts.put("dictionary", dictionary.numel() * dtype().bits());
    parts.put("values", nonzeros * dtype().bits());
    parts.put("mask", bits() - dictionary.numel() * dtype().bits() - nonzeros * dtype().bits());
    return parts;
  }

  @Override
  public Tensor dense(Dtype computation) {
    try (var scope = TensorScope.open()) {
      var type = computation.scalarType();
      return scope.keep(code.to(type).mm(dictionary.to(type)));
    }
  }

  @Override
  public void close() {
    dictionary.close();
    code.close();
  }
}
