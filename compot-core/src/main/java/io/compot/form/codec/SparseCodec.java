package io.compot.form.codec;

import io.compot.error.InputException;
import io.compot.form.Numbers;
import io.compot.form.Packed;
import io.compot.form.SparseCode;
import io.compot.form.SparseForm;
import io.compot.quantise.CodedValues;
import io.compot.quantise.GroupedMatrix;
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
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A dictionary and a sparse code: {@code P.dictionary} [k, in], {@code P.values} [s·out] and {@code
 * P.mask} U8 [out, ⌈k/8⌉].
 */
public final class SparseCodec implements FormCodec<SparseForm> {

  /** The names of the parts. */
  public static final String DICTIONARY = "dictionary";

  public static final String VALUES = "values";
  public static final String MASK = "mask";

  /**
   * A dictionary and a code in one plain type as a weight.
   *
   * @param s nonzeros a row of the code, or their mean
   * @param dictionary [k, in], handed over
   * @param code [out, k], dense and contiguous; +0.0 stands outside the support
   * @throws IllegalArgumentException where the support has another size than s a row
   */
  public static Packed packed(long s, Tensor dictionary, Tensor code) {
    try (var scope = TensorScope.open()) {
      SparseCode packed = SparseCode.pack(code);
      long out = packed.out();
      if (packed.values().numel() != s * out) {
        throw new IllegalArgumentException(
            "the code has %d entries that are not +0.0, but its support is said to be %d"
                .formatted(packed.values().numel(), s * out));
      }
      var form = SparseForm.plain(packed.k(), s, Dtype.of(code));
      SequencedMap<String, Tensor> parts = new LinkedHashMap<>();
      parts.put(DICTIONARY, dictionary);
      parts.put(VALUES, scope.own(packed.values()));
      parts.put(MASK, scope.own(packed.mask()));
      return new Packed(form, dictionary.size(1), out, parts);
    }
  }

  /**
   * A dictionary and a code on grids as a weight.
   *
   * @param dictionary [k, in], handed over
   * @param code [out, k], of which the values are handed over
   * @throws IllegalArgumentException where the support is no whole number for each row
   */
  public static Packed packed(GroupedMatrix dictionary, CodedValues code) {
    try (var scope = TensorScope.open()) {
      SparseCode marks = SparseCode.pack(code.support().to(ScalarType.Float).contiguous());
      long nonzeros = marks.values().numel();
      if (nonzeros % marks.out() != 0) {
        throw new IllegalArgumentException(
            "%d nonzeros are no whole number for each of %d rows".formatted(nonzeros, marks.out()));
      }
      SequencedMap<String, Tensor> parts = new LinkedHashMap<>();
      StoredMatrix.put(parts, DICTIONARY, dictionary);
      StoredMatrix.put(parts, VALUES, code.values());
      parts.put(MASK, scope.own(marks.mask()));
      var form =
          new SparseForm(
              marks.k(),
              nonzeros / marks.out(),
              new Numbers.Grouped(dictionary.grid()),
              new Numbers.Grouped(code.values().grid()));
      return new Packed(form, dictionary.in(), marks.out(), parts);
    }
  }

  @Override
  public String id() {
    return "sparse";
  }

  @Override
  public Class<SparseForm> type() {
    return SparseForm.class;
  }

  @Override
  public List<String> markers() {
    return StoredMatrix.markers(DICTIONARY);
  }

  @Override
  public List<TensorInfo> parts(SparseForm form, long in, long out) {
    var parts = new ArrayList<TensorInfo>();
    parts.addAll(dictionary(form, in).parts());
    parts.addAll(values(form, out).parts());
    parts.add(new TensorInfo(MASK, Dtype.U8, List.of(out, SparseCode.rowBytes(form.k()))));
    return parts;
  }

  @Override
  public Optional<Fault> fault(SparseForm form, Packed packed) {
    return fault(MASK, packed.part(MASK), form.k(), form.s() * packed.out(), "values");
  }

  /**
   * What is wrong with a mask.
   *
   * @param k entries of a row
   * @param values how many bits should be set
   * @param name of what belongs to them
   */
  static Optional<Fault> fault(String part, Tensor mask, long k, long values, String name) {
    var code = new SparseCode(mask, mask, k);
    long row = code.badPadding();
    if (row >= 0) {
      return Optional.of(
          new Fault(part, "row %d has bits set behind its %d entries".formatted(row, k)));
    }
    long bits = code.starts()[Math.toIntExact(code.out())];
    return bits == values
        ? Optional.empty()
        : Optional.of(
            new Fault(part, "%d bits are set, but there are %d %s".formatted(bits, values, name)));
  }

  @Override
  public Tensor dense(SparseForm form, Packed packed, Dtype computation) {
    try (var scope = TensorScope.open()) {
      Tensor code = code(form, packed).dense().to(computation.scalarType());
      return scope.keep(code.mm(dictionary(form, packed.in()).numbers(packed, computation)));
    }
  }

  @Override
  public Product product(SparseForm form, Packed packed, Dtype computation) {
    try (var scope = TensorScope.open()) {
      SparseCode code = code(form, packed);
      return new SparseProduct(
          dictionary(form, packed.in()).product(packed, computation),
          new SparseCode(
              scope.own(code.values().alias()), scope.own(code.mask().alias()), form.k()));
    }
  }

  /**
   * The code of such a weight; it shares the parts' memory where its values are plain, else they
   * are F32.
   *
   * @return in the caller's scope
   */
  public static SparseCode code(SparseForm form, Packed packed) {
    Dtype dtype =
        switch (form.values()) {
          case Numbers.Plain plain -> plain.dtype();
          case Numbers.Grouped _, Numbers.Trellis _ -> Dtype.F32;
        };
    Tensor values = values(form, packed.out()).numbers(packed, dtype);
    return new SparseCode(values, packed.part(MASK), form.k());
  }

  @Override
  public boolean trains(SparseForm form) {
    return TrainedMatrix.trains(form.dictionary()) && TrainedMatrix.trains(form.values());
  }

  @Override
  public TrainedWeight trained(SparseForm form, Packed packed) {
    if (!trains(form)) {
      return FormCodec.super.trained(form, packed);
    }
    try (var _ = TensorScope.open()) {
      return TrainedCode.of(
          TrainedMatrix.of(values(form, packed.out()), packed),
          code(form, packed),
          TrainedMatrix.of(dictionary(form, packed.in()), packed));
    }
  }

  @Override
  public void write(SparseForm form, SequencedMap<String, Object> fields) {
    fields.put("k", form.k());
    fields.put("s", form.s());
    fields.put(DICTIONARY, StoredMatrix.write(form.dictionary()));
    fields.put(VALUES, StoredMatrix.write(form.values()));
  }

  @Override
  public SparseForm read(ConfigFile fields) throws InputException {
    return new SparseForm(
        fields.positiveLong("k"),
        fields.positiveLong("s"),
        StoredMatrix.read(fields.object(DICTIONARY)),
        StoredMatrix.read(fields.object(VALUES)));
  }

  @Override
  public SequencedMap<String, Long> facts(SparseForm form) {
    var facts = new LinkedHashMap<String, Long>();
    facts.put("k", form.k());
    facts.put("s", form.s());
    return facts;
  }

  private static StoredMatrix dictionary(SparseForm form, long in) {
    return new StoredMatrix(DICTIONARY, form.dictionary(), List.of(form.k(), in));
  }

  private static StoredMatrix values(SparseForm form, long out) {
    return new StoredMatrix(VALUES, form.values(), List.of(form.s() * out));
  }
}
