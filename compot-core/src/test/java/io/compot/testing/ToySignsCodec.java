package io.compot.testing;

import io.compot.error.InputException;
import io.compot.form.Packed;
import io.compot.form.SparseCode;
import io.compot.form.codec.FormCodec;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.text.ConfigFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * {@code P.signs} U8 [out, ⌈in/8⌉], a bit set where a number is negative; {@code P.scales} [out].
 */
public final class ToySignsCodec implements FormCodec<ToySigns> {

  private static final String SIGNS = "signs";
  private static final String SCALES = "scales";

  /**
   * A weight of this form.
   *
   * @param signs the weight whose signs it takes, [out, in], F32 and contiguous
   * @param scales [out], handed over
   */
  static Packed packed(Tensor signs, Tensor scales) {
    long out = signs.size(0);
    long in = signs.size(1);
    try (var scope = TensorScope.open()) {
      Tensor bits = NativeMemory.empty(Dtype.U8, out, SparseCode.rowBytes(in)).zero_();
      MemorySegment marks = NativeMemory.bytes(bits);
      MemorySegment numbers = NativeMemory.bytes(signs);
      for (long row = 0; row < out; row++) {
        for (long column = 0; column < in; column++) {
          if (numbers.getAtIndex(ValueLayout.JAVA_FLOAT, row * in + column) < 0) {
            long at = row * SparseCode.rowBytes(in) + column / 8;
            byte old = marks.get(ValueLayout.JAVA_BYTE, at);
            marks.set(ValueLayout.JAVA_BYTE, at, (byte) (old | 1 << column % 8));
          }
        }
      }
      SequencedMap<String, Tensor> parts = new LinkedHashMap<>();
      parts.put(SIGNS, scope.own(bits));
      parts.put(SCALES, scales);
      return new Packed(new ToySigns(Dtype.of(scales)), in, out, parts);
    }
  }

  @Override
  public String id() {
    return "toy-signs";
  }

  @Override
  public Class<ToySigns> type() {
    return ToySigns.class;
  }

  @Override
  public List<String> markers() {
    return List.of(SIGNS);
  }

  @Override
  public List<TensorInfo> parts(ToySigns form, long in, long out) {
    return List.of(
        new TensorInfo(SIGNS, Dtype.U8, List.of(out, SparseCode.rowBytes(in))),
        new TensorInfo(SCALES, form.scale(), List.of(out)));
  }

  @Override
  public Optional<Fault> fault(ToySigns form, Packed packed) {
    long row = new SparseCode(packed.part(SIGNS), packed.part(SIGNS), packed.in()).badPadding();
    return row < 0
        ? Optional.empty()
        : Optional.of(new Fault(SIGNS, "row %d has bits behind its end".formatted(row)));
  }

  @Override
  public Tensor dense(ToySigns form, Packed packed, Dtype computation) {
    try (var scope = TensorScope.open()) {
      Tensor dense = NativeMemory.empty(Dtype.F32, packed.out(), packed.in());
      MemorySegment marks = NativeMemory.bytes(packed.part(SIGNS));
      MemorySegment numbers = NativeMemory.bytes(dense);
      for (long row = 0; row < packed.out(); row++) {
        for (long column = 0; column < packed.in(); column++) {
          long at = row * SparseCode.rowBytes(packed.in()) + column / 8;
          boolean negative = (marks.get(ValueLayout.JAVA_BYTE, at) >> column % 8 & 1) != 0;
          numbers.setAtIndex(ValueLayout.JAVA_FLOAT, row * packed.in() + column, negative ? -1 : 1);
        }
      }
      var type = computation.scalarType();
      Tensor scales = packed.part(SCALES).to(type).unsqueeze(1);
      return scope.keep(dense.to(type).mul(scales));
    }
  }

  @Override
  public void write(ToySigns form, SequencedMap<String, Object> fields) {
    fields.put("scale", form.scale().name());
  }

  @Override
  public ToySigns read(ConfigFile fields) throws InputException {
    return new ToySigns(Dtype.valueOf(fields.choice("scale", Set.of("F16", "BF16", "F32"))));
  }

  @Override
  public SequencedMap<String, Long> facts(ToySigns form) {
    var facts = new LinkedHashMap<String, Long>();
    facts.put("sign_bits", 1L);
    return facts;
  }
}
