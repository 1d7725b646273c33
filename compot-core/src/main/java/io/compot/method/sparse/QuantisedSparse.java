package io.compot.method.sparse;

import io.compot.error.FailureException;
import io.compot.error.UsageException;
import io.compot.form.Packed;
import io.compot.form.SparseForm;
import io.compot.form.codec.SparseCodec;
import io.compot.quantise.CodedValues;
import io.compot.quantise.Feedback;
import io.compot.quantise.Gptq;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.RangeRule;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Sparse factors in few bits (COMPOT with GPTQ, arXiv 2602.15200): the dictionary by GPTQ with the
 * input's Gram matrix, then, on the same support, the code's values anew by least squares for the
 * dictionary as it is stored, and these by GPTQ with the Gram matrix of that dictionary's outputs.
 * Owns its tensors.
 *
 * @param dictionary Aᵀ, [k, in]
 * @param code Sᵀ, [out, k]
 */
public record QuantisedSparse(GroupedMatrix dictionary, CodedValues code) implements AutoCloseable {

  private static final int ITERATIONS = 30;

  /**
   * Rounds factors of a weight.
   *
   * @param name the projection, for messages
   * @param factors sparse ones, stored plainly; only read
   * @param weight [out, in], what the factors stand for
   * @param gram XᵀX of its input, [in, in], double; only read
   * @param atoms grid of the dictionary, which its rows must be whole groups of
   * @param values grid of the code, whose groups count nonzeros
   * @throws UsageException where a grid does not fit
   * @throws FailureException where numbers are not finite or scales do not fit their type
   */
  public static QuantisedSparse of(
      String name,
      Packed factors,
      Tensor weight,
      Tensor gram,
      Grid atoms,
      Grid values,
      RangeRule rule)
      throws FailureException, UsageException {
    GroupedMatrix dictionary;
    try (Feedback input = Feedback.of(gram, Feedback.Order.ACTIVITY, name)) {
      dictionary = Gptq.quantise(name, factors.part(SparseCodec.DICTIONARY), input, atoms, rule);
    }
    try (var _ = TensorScope.open()) {
      Tensor stored = dictionary.dense(Dtype.F64);
      Tensor seen = stored.mm(gram);
      Tensor outputs = seen.mm(stored.t());
      Tensor correlations = weight.to(ScalarType.Double).mm(seen.t());
      // What is kept is what is not +0.0.
      Tensor code =
          SparseCodec.code((SparseForm) factors.form(), factors).dense().to(ScalarType.Double);
      Tensor support = code.view(ScalarType.Long).ne(new Scalar(0L));
      Tensor refitted = code.clone();
      new CodeLeastSquares(outputs, correlations)
          .refine(refitted, support.to(ScalarType.Double), ITERATIONS);
      try (Feedback feedback = Feedback.of(outputs, Feedback.Order.ACTIVITY, name)) {
        return new QuantisedSparse(
            dictionary, CodedValues.quantise(name, refitted, support, feedback, values, rule));
      }
    } catch (FailureException | UsageException e) {
      dictionary.close();
      throw e;
    }
  }

  /** Bits as stored. */
  public long bits() {
    return dictionary.bits() + code.bits();
  }

  /** The product, [out, in], in the caller's scope. */
  public Tensor dense(Dtype computation) {
    try (var scope = TensorScope.open()) {
      return scope.keep(code.dense(computation).mm(dictionary.dense(computation)));
    }
  }

  @Override
  public void close() {
    dictionary.close();
    code.close();
  }
}
