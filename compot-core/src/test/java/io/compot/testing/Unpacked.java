package io.compot.testing;

import io.compot.form.Packed;
import io.compot.form.SparseForm;
import io.compot.form.codec.SparseCodec;
import org.bytedeco.pytorch.Tensor;

/**
 * A sparse weight with its code spread out, in the scope that was open.
 *
 * @param dictionary [k, in]
 * @param code [out, k], +0.0 outside the support
 * @param nonzeros values that are stored
 */
public record Unpacked(SparseForm form, Tensor dictionary, Tensor code, long nonzeros) {

  public static Unpacked of(Packed packed) {
    var form = (SparseForm) packed.form();
    return new Unpacked(
        form,
        packed.part(SparseCodec.DICTIONARY),
        SparseCodec.code(form, packed).dense(),
        packed.part(SparseCodec.VALUES).numel());
  }
}
