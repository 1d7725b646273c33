package io.compot.form.codec;

import io.compot.form.SparseCode;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A sparse code of which the values of a fixed support are trained, and the dictionary in front of
 * it where there is one: x · dictionaryᵀ · codeᵀ.
 *
 * @param values [nonzeros]
 * @param dictionary [k, in], or null
 * @param places of the values in the code, row after row, I64 [nonzeros]; owned
 * @param none a code of zeros, F32 [out · k]; owned
 * @param k entries of a row of the code
 */
record TrainedCode(
    TrainedMatrix values, @Nullable TrainedMatrix dictionary, Tensor places, Tensor none, long k)
    implements TrainedWeight {

  /**
   * With a dictionary, or alone, where the code is the weight.
   *
   * @param values its nonzeros, handed over
   * @param code whose support it has, the caller's
   * @param dictionary handed over, or null
   */
  static TrainedCode of(TrainedMatrix values, SparseCode code, @Nullable TrainedMatrix dictionary) {
    try (var scope = TensorScope.open()) {
      Tensor none = NativeMemory.empty(Dtype.F32, code.out() * code.k()).zero_();
      return new TrainedCode(
          values, dictionary, scope.own(places(code)), scope.own(none), code.k());
    }
  }

  @Override
  public SequencedMap<String, Tensor> numbers() {
    return dictionary == null
        ? TrainedMatrix.leaves(values)
        : TrainedMatrix.leaves(dictionary, values);
  }

  /** Places of the support: bits of a byte from the least on, without those that fill up a row. */
  private static Tensor places(SparseCode code) {
    try (var scope = TensorScope.open()) {
      Tensor bits = NativeMemory.empty(Dtype.U8, code.out(), code.mask().size(1), Byte.SIZE);
      for (int bit = 0; bit < Byte.SIZE; bit++) {
        bits.select(2, bit).copy_(code.mask().bitwise_and(new Scalar(1 << bit)));
      }
      Tensor support =
          bits.reshape(code.out(), -1).narrow(1, 0, code.k()).ne(new Scalar(0)).reshape(-1);
      return scope.keep(support.nonzero().reshape(-1).to(ScalarType.Long));
    }
  }

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      Tensor code = none.scatter(0, places, values.numbers()).reshape(-1, k);
      Tensor seen = dictionary == null ? x : x.matmul(dictionary.numbers().t());
      return scope.keep(seen.matmul(code.t()));
    }
  }

  @Override
  public void close() {
    values.close();
    if (dictionary != null) {
      dictionary.close();
    }
    places.close();
    none.close();
  }
}
