package io.compot.form.codec;

import io.compot.error.InputException;
import io.compot.form.MaskedForm;
import io.compot.form.Numbers;
import io.compot.form.Packed;
import io.compot.form.SparseCode;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.text.ConfigFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.bytedeco.pytorch.Tensor;

/**
 * A weight of which some entries are left: {@code P.entries} [s·out] and {@code P.places} U8 [out,
 * ⌈in/8⌉], the mask as of a sparse code.
 */
public final class MaskedCodec implements FormCodec<MaskedForm> {

  private static final String ENTRIES = "entries";
  private static final String PLACES = "places";

  /**
   * A weight of which some entries are left.
   *
   * @param s entries left of a row, or their mean
   * @param weight [out, in], contiguous; +0.0 stands where nothing is left
   * @throws IllegalArgumentException where another number of entries is left than s a row
   */
  public static Packed packed(long s, Tensor weight) {
    try (var scope = TensorScope.open()) {
      SparseCode packed = SparseCode.pack(weight);
      long out = packed.out();
      if (packed.values().numel() != s * out) {
        throw new IllegalArgumentException(
            "%d entries are not +0.0, but %d are said to be left"
                .formatted(packed.values().numel(), s * out));
      }
      SequencedMap<String, Tensor> parts = new LinkedHashMap<>();
      parts.put(ENTRIES, scope.own(packed.values()));
      parts.put(PLACES, scope.own(packed.mask()));
      return new Packed(MaskedForm.plain(s, Dtype.of(weight)), packed.k(), out, parts);
    }
  }

  @Override
  public String id() {
    return "masked";
  }

  @Override
  public Class<MaskedForm> type() {
    return MaskedForm.class;
  }

  @Override
  public List<String> markers() {
    return List.of(PLACES);
  }

  @Override
  public List<TensorInfo> parts(MaskedForm form, long in, long out) {
    var parts = new ArrayList<TensorInfo>(entries(form, out).parts());
    parts.add(new TensorInfo(PLACES, Dtype.U8, List.of(out, SparseCode.rowBytes(in))));
    return parts;
  }

  @Override
  public Optional<Fault> fault(MaskedForm form, Packed packed) {
    return SparseCodec.fault(
        PLACES, packed.part(PLACES), packed.in(), form.s() * packed.out(), "entries");
  }

  @Override
  public Tensor dense(MaskedForm form, Packed packed, Dtype computation) {
    try (var scope = TensorScope.open()) {
      return scope.keep(code(form, packed).dense().to(computation.scalarType()));
    }
  }

  @Override
  public Product product(MaskedForm form, Packed packed, Dtype computation) {
    try (var scope = TensorScope.open()) {
      SparseCode code = code(form, packed);
      return new SparseProduct(
          null,
          new SparseCode(
              scope.own(code.values().alias()), scope.own(code.mask().alias()), packed.in()));
    }
  }

  /** Shares the parts' memory where its values are plain, else they are F32. */
  private static SparseCode code(MaskedForm form, Packed packed) {
    Dtype dtype = form.values() instanceof Numbers.Plain plain ? plain.dtype() : Dtype.F32;
    Tensor values = entries(form, packed.out()).numbers(packed, dtype);
    return new SparseCode(values, packed.part(PLACES), packed.in());
  }

  @Override
  public boolean trains(MaskedForm form) {
    return TrainedMatrix.trains(form.values());
  }

  @Override
  public TrainedWeight trained(MaskedForm form, Packed packed) {
    if (!trains(form)) {
      return FormCodec.super.trained(form, packed);
    }
    try (var _ = TensorScope.open()) {
      return TrainedCode.of(
          TrainedMatrix.of(entries(form, packed.out()), packed), code(form, packed), null);
    }
  }

  @Override
  public void write(MaskedForm form, SequencedMap<String, Object> fields) {
    fields.put("s", form.s());
    fields.put(ENTRIES, StoredMatrix.write(form.values()));
  }

  @Override
  public MaskedForm read(ConfigFile fields) throws InputException {
    return new MaskedForm(fields.positiveLong("s"), StoredMatrix.read(fields.object(ENTRIES)));
  }

  @Override
  public SequencedMap<String, Long> facts(MaskedForm form) {
    var facts = new LinkedHashMap<String, Long>();
    facts.put("left", form.s());
    return facts;
  }

  private static StoredMatrix entries(MaskedForm form, long out) {
    return new StoredMatrix(ENTRIES, form.values(), List.of(form.s() * out));
  }
}
