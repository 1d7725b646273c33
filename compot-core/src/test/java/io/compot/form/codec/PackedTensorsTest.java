package io.compot.form.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.form.DenseForm;
import io.compot.form.LowRankForm;
import io.compot.form.Packed;
import io.compot.form.SparseCode;
import io.compot.form.SparseForm;
import io.compot.form.SumForm;
import io.compot.quantise.CodedValues;
import io.compot.quantise.Feedback;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.RangeRule;
import io.compot.quantise.RoundToNearest;
import io.compot.quantise.TrellisFormat;
import io.compot.quantise.TrellisInput;
import io.compot.quantise.TrellisMatrix;
import io.compot.quantise.TrellisQuantiser;
import io.compot.safetensors.SafetensorsFile;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import io.compot.testing.Unpacked;
import io.compot.text.ConfigFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class PackedTensorsTest {

  private static final SparseForm FORM = SparseForm.plain(9, 4, Dtype.F32);

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "F32", "F64"})
  void sparseWeightsComeBackBitForBit(Dtype dtype) throws Exception {
    for (int k : new int[] {1, 7, 8, 9, 16, 19}) {
      int s = Math.max(1, k / 2);
      try (var _ = TensorScope.open();
          Packed packed = sparse(dtype, 24, 13, k, s)) {
        assertThat(packed.form()).isEqualTo(SparseForm.plain(k, s, dtype));
        comesBack(packed);
        Tensor code = code(dtype, 13, k, s);
        assertSameBits(Unpacked.of(packed).code(), code);
        assertSameBits(
            Codecs.dense(packed, Dtype.F64),
            code.to(ScalarType.Double)
                .mm(packed.part(SparseCodec.DICTIONARY).to(ScalarType.Double)));
      }
    }
  }

  @Test
  void maskBitsAreLeastSignificantFirstAndValuesRowAfterRow() throws Exception {
    try (var scope = TensorScope.open()) {
      Tensor code = zeros(new long[] {2, 9});
      MemorySegment bytes = NativeMemory.bytes(code);
      bytes.setAtIndex(ValueLayout.JAVA_FLOAT, 0, 1f);
      bytes.setAtIndex(ValueLayout.JAVA_FLOAT, 8, 2f);
      bytes.setAtIndex(ValueLayout.JAVA_FLOAT, 9 + 3, -0f); // stored, though it rounded to zero
      bytes.setAtIndex(ValueLayout.JAVA_FLOAT, 9 + 4, 3f);
      try (Packed packed = SparseCodec.packed(2, scope.own(randn(9, 11)), code);
          var read = SafetensorsFile.open(write(packed))) {
        assertThat(read.bytes("p.mask").toArray(ValueLayout.JAVA_BYTE))
            .containsExactly(0b0000_0001, 0b0000_0001, 0b0001_1000, 0);
        assertThat(read.bytes("p.values").toArray(ValueLayout.JAVA_FLOAT_UNALIGNED))
            .containsExactly(1f, 2f, -0f, 3f);
      }
    }
  }

  @Test
  void lowRankWeightsComeBack() throws Exception {
    try (var scope = TensorScope.open();
        Packed packed = LowRankCodec.packed(scope.own(randn(13, 5)), scope.own(randn(5, 24)))) {
      comesBack(packed);
    }
  }

  /** Codes, scales and zeros of a grid, as a whole weight and under low-rank factors. */
  @ParameterizedTest
  @CsvSource({"4, 8, true, F16", "3, 0, false, BF16", "8, 24, false, F32"})
  void integersComeBackInEveryForm(int width, int group, boolean symmetric, Dtype scale)
      throws Exception {
    manual_seed(3);
    var grid = new Grid(width, group, symmetric, scale);
    try (var scope = TensorScope.open()) {
      GroupedMatrix matrix = RoundToNearest.quantise("p", randn(13, 24), grid, RangeRule.MIN_MAX);
      Tensor exact = matrix.dense(Dtype.F32);
      try (Packed packed = DenseCodec.packed(matrix)) {
        assertThat(packed.bits()).isEqualTo(grid.bits(13, 24)).isEqualTo(matrix.bits());
        comesBack(packed);
        assertSameBits(Codecs.dense(packed, Dtype.F32), exact);
        try (Packed rest = LowRankCodec.packed(scope.own(randn(13, 2)), scope.own(randn(2, 24)))) {
          var parts = new LinkedHashMap<>(packed.parts());
          parts.putAll(rest.parts());
          var form = new SumForm((DenseForm) packed.form(), (LowRankForm) rest.form());
          var sum = new Packed(form, 24, 13, parts);
          comesBack(sum);
          assertSameBits(Codecs.dense(sum, Dtype.F32), exact.add(Codecs.dense(rest, Dtype.F32)));
        }
      }
    }
  }

  /** Trellis codes: the same weight after reading, and the same product without multiplying out. */
  @ParameterizedTest
  @ValueSource(ints = {2, 5, 8, 12})
  void trellisCodesComeBack(int halfBits) throws Exception {
    manual_seed(5);
    try (var _ = TensorScope.open();
        var input = TrellisInput.of(Matrices.gram(24, 100, 9), 7, "p")) {
      Tensor weight = randn(40, 24);
      TrellisFormat format = TrellisFormat.forRows(halfBits, 40);
      TrellisMatrix matrix = TrellisQuantiser.quantise("p", weight, input, format, 8);
      Tensor exact = matrix.dense(Dtype.F32);
      try (Packed packed = DenseCodec.packed(matrix);
          Product product = Codecs.product(packed, Dtype.F32)) {
        assertThat(packed.bits()).isEqualTo(matrix.bits());
        comesBack(packed);
        assertSameBits(Codecs.dense(packed, Dtype.F32), exact);
        Tensor x = randn(3, 2, 24);
        Tensor bias = randn(40);
        Tensor expected = x.matmul(exact.t()).add_(bias);
        assertThat(product.apply(x, bias).sub(expected).abs().amax().item_double())
            .isLessThan(1e-4);
      }
    }
  }

  /** A dictionary of integers under a code of integers: numbers and forms are independent. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void factorsOfIntegersComeBack(boolean symmetric) throws Exception {
    manual_seed(4);
    try (var _ = TensorScope.open();
        Packed plain = sparse(Dtype.F32, 24, 16, 9, 4)) {
      var grid = new Grid(4, 8, symmetric, Dtype.F16);
      Tensor atoms = plain.part(SparseCodec.DICTIONARY);
      GroupedMatrix dictionary = RoundToNearest.quantise("p", atoms, grid, RangeRule.MIN_MAX);
      Tensor code = Unpacked.of(plain).code();
      Tensor support = code.view(ScalarType.Int).ne(new Scalar(0L));
      try (Feedback feedback = Feedback.of(Matrices.gram(9, 40, 1), Feedback.Order.ACTIVITY, "p");
          var coded = CodedValues.quantise("p", code, support, feedback, grid, RangeRule.MIN_MAX)) {
        Packed packed = SparseCodec.packed(dictionary, coded);
        assertThat(packed.bits()).isEqualTo(dictionary.bits() + coded.bits());
        comesBack(packed);
        assertSameBits(
            Codecs.dense(packed, Dtype.F32),
            coded.dense(Dtype.F32).mm(dictionary.dense(Dtype.F32)));
        packed.part(SparseCodec.MASK).close();
        dictionary.close();
      }
    }
  }

  @Test
  void lowRankFactorsOfIntegersComeBack() throws Exception {
    manual_seed(5);
    try (var _ = TensorScope.open()) {
      var grid = new Grid(4, Grid.ROW, false, Dtype.BF16);
      GroupedMatrix left = RoundToNearest.quantise("p", randn(13, 5), grid, RangeRule.MIN_MAX);
      GroupedMatrix right = RoundToNearest.quantise("p", randn(5, 24), grid, RangeRule.MIN_MAX);
      try (Packed packed = LowRankCodec.packed(left, right)) {
        assertThat(packed.bits()).isEqualTo(left.bits() + right.bits());
        comesBack(packed);
        assertSameBits(
            Codecs.dense(packed, Dtype.F32), left.dense(Dtype.F32).mm(right.dense(Dtype.F32)));
      }
    }
  }

  /** Written, read and written down again: bits, parts, form; and applied as multiplied out. */
  private void comesBack(Packed packed) throws Exception {
    long in = packed.in();
    long out = packed.out();
    try (var _ = TensorScope.open();
        SafetensorsFile read = SafetensorsFile.open(write(packed))) {
      long bytes = 0;
      for (String name : read.names()) {
        bytes += read.bytes(name).byteSize();
      }
      assertThat(8 * bytes).isEqualTo(packed.bits());
      assertThat(
              Codecs.bitsByPart(packed.form(), in, out).values().stream().mapToLong(b -> b).sum())
          .isEqualTo(packed.bits());
      assertThat(PackedTensors.projections(read)).containsExactly("p");
      var json = ConfigFile.of(file(), FormJson.write(packed.form()));
      assertThat(FormJson.read(json)).isEqualTo(packed.form());
      try (Packed back = PackedTensors.read(read, "p", FormJson.read(json), in, out)) {
        assertThat(back.parts().keySet()).containsExactlyElementsOf(packed.parts().keySet());
        back.parts().forEach((name, part) -> assertSameBits(part, packed.part(name)));
      }
      Tensor weight = Codecs.dense(packed, Dtype.F64);
      for (long rows : new long[] {1, 5}) {
        Tensor x = randn(1, rows, in);
        Tensor bias = randn(out);
        Tensor wide = x.to(ScalarType.Double);
        Tensor expected =
            wide.matmul(weight.t()).add(bias.to(ScalarType.Double)).to(ScalarType.Float);
        try (Product product = Codecs.product(packed, Dtype.F32)) {
          Tensor found = product.apply(x, bias);
          assertThat(found.shape()).containsExactly(1, rows, out);
          assertThat(found.sub(expected).abs().max().item_double()).isLessThan(1e-4);
          Tensor plain = product.apply(x, null).add(bias);
          assertThat(plain.sub(found).abs().max().item_double()).isLessThan(1e-5);
        }
      }
    }
  }

  @Test
  void refusesASupportOfAnotherSize() throws Exception {
    try (var scope = TensorScope.open()) {
      Tensor atoms = scope.own(randn(9, 24));
      Tensor code = code(Dtype.F32, 13, 9, 4);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> SparseCodec.packed(5, atoms, code))
          .withMessageContaining("65");
    }
  }

  /** Each lie about a packed projection is named. */
  @ParameterizedTest
  @CsvSource({
    "padding, p.mask, behind its 9",
    "moreBits, p.mask, 53 bits",
    "fewerBits, p.mask, 51 bits",
    "valuesType, p.values, F16",
    "maskType, p.mask, I8",
    "maskShape, p.mask, '[13, 3]'",
    "dictionaryWidth, p.dictionary, '[9, 23]'",
    "dictionaryType, p.dictionary, I32",
    "moreAtoms, p.dictionary, '[25, 24]'",
    "noValues, p.values, no tensor",
    "nanValue, p.values, NaN",
    "infiniteAtom, p.dictionary, NaN or infinite",
    "weightToo, p.weight, beside"
  })
  void refusesInconsistentFactors(String lie, String tensor, String mention) throws Exception {
    Map<TensorInfo, MemorySegment> content = contentOfSparse();
    TensorInfo dictionary = info("p.dictionary", Dtype.F32, 9, 24);
    TensorInfo values = info("p.values", Dtype.F32, 52);
    TensorInfo mask = info("p.mask", Dtype.U8, 13, 2);
    MemorySegment maskBytes = bytes(content, mask);
    switch (lie) {
      case "padding" -> flip(maskBytes, 1, 0x80);
      case "moreBits" -> flip(maskBytes, 0, lowest(~maskBytes.get(ValueLayout.JAVA_BYTE, 0)));
      case "fewerBits" -> flip(maskBytes, 0, lowest(maskBytes.get(ValueLayout.JAVA_BYTE, 0)));
      case "valuesType" -> replace(content, values, info("p.values", Dtype.F16, 52));
      case "maskType" -> replace(content, mask, info("p.mask", Dtype.I8, 13, 2));
      case "maskShape" -> replace(content, mask, info("p.mask", Dtype.U8, 13, 3));
      case "dictionaryWidth" ->
          replace(content, dictionary, info("p.dictionary", Dtype.F32, 9, 23));
      case "dictionaryType" -> replace(content, dictionary, info("p.dictionary", Dtype.I32, 9, 24));
      case "moreAtoms" -> replace(content, dictionary, info("p.dictionary", Dtype.F32, 25, 24));
      case "noValues" -> content.remove(values);
      case "nanValue" -> bytes(content, values).set(ValueLayout.JAVA_FLOAT_UNALIGNED, 8, Float.NaN);
      case "infiniteAtom" ->
          bytes(content, dictionary)
              .set(ValueLayout.JAVA_FLOAT_UNALIGNED, 16, Float.POSITIVE_INFINITY);
      case "weightToo" -> {
        TensorInfo weight = info("p.weight", Dtype.F32, 13, 24);
        content.put(weight, MemorySegment.ofArray(new byte[(int) weight.bytes()]));
      }
      default -> throw new AssertionError(lie);
    }
    Path file = folder.resolve("lie.safetensors");
    try (var writer = new SafetensorsWriter(file, content.keySet(), Map.of())) {
      for (var entry : content.entrySet()) {
        writer.write(entry.getKey().name(), entry.getValue());
      }
      writer.finish();
    }
    try (SafetensorsFile read = SafetensorsFile.open(file)) {
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> PackedTensors.read(read, "p", FORM, 24, 13).close())
          .withMessageContaining(tensor)
          .withMessageContaining(mention)
          .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
    }
  }

  @Test // 0.3 to 0.6 s each on a busy machine; the limit only catches a wrong order of growth.
  void packsAndUnpacksLargeCodesQuickly() throws Exception {
    try (var scope = TensorScope.open()) {
      Tensor code = code(Dtype.BF16, 8192, 2016, 1008);
      SparseCode.pack(code); // warms up
      Assertions.assertTimeout(Duration.ofSeconds(20), () -> SparseCode.pack(code));
      Tensor atoms = scope.own(randn(2016, 2048).to(ScalarType.BFloat16));
      try (Packed packed = SparseCodec.packed(1008, atoms, code);
          SafetensorsFile read = SafetensorsFile.open(write(packed))) {
        Assertions.assertTimeout(
            Duration.ofSeconds(20),
            () -> {
              try (Packed back = PackedTensors.read(read, "p", packed.form(), 2048, 8192)) {
                assertSameBits(Unpacked.of(back).code(), code);
              }
            });
      }
    }
  }

  private Map<TensorInfo, MemorySegment> contentOfSparse() throws CompotException, IOException {
    var content = new HashMap<TensorInfo, MemorySegment>();
    try (var _ = TensorScope.open();
        Packed packed = sparse(Dtype.F32, 24, 13, 9, 4);
        SafetensorsFile read = SafetensorsFile.open(write(packed))) {
      for (String name : read.names()) {
        content.put(
            read.info(name),
            MemorySegment.ofArray(read.bytes(name).toArray(ValueLayout.JAVA_BYTE)));
      }
    }
    return content;
  }

  private static Packed sparse(Dtype dtype, int in, int out, int k, int s) {
    try (var scope = TensorScope.open()) {
      Tensor code = code(dtype, out, k, s);
      manual_seed(7);
      return SparseCodec.packed(s, scope.own(randn(k, in).to(dtype.scalarType())), code);
    }
  }

  /** Exactly s entries a row, some of them −0.0. */
  private static Tensor code(Dtype dtype, int out, int k, int s) {
    var random = new Random(7);
    try (var scope = TensorScope.open()) {
      Tensor code = zeros(new long[] {out, k});
      MemorySegment entries = NativeMemory.bytes(code);
      for (int row = 0; row < out; row++) {
        for (int left = s; left > 0; ) {
          long at = (long) row * k + random.nextInt(k);
          if (Float.floatToRawIntBits(entries.getAtIndex(ValueLayout.JAVA_FLOAT, at)) == 0) {
            float value = random.nextInt(20) == 0 ? -0f : 1 + random.nextFloat();
            entries.setAtIndex(ValueLayout.JAVA_FLOAT, at, value);
            left--;
          }
        }
      }
      return scope.keep(code.to(dtype.scalarType()));
    }
  }

  private Path file() {
    return folder.resolve("packed.safetensors");
  }

  private Path write(Packed packed) throws CompotException {
    var tensors = PackedTensors.of("p", packed.form(), packed.in(), packed.out());
    try (var writer = new SafetensorsWriter(file(), tensors, Map.of())) {
      PackedTensors.write("p", packed, writer);
      writer.finish();
    }
    return file();
  }

  private static void assertSameBits(Tensor actual, Tensor expected) {
    assertThat(actual.shape()).isEqualTo(expected.shape());
    assertThat(NativeMemory.bytes(actual).mismatch(NativeMemory.bytes(expected))).isEqualTo(-1);
  }

  private static TensorInfo info(String name, Dtype dtype, long... shape) {
    return new TensorInfo(name, dtype, Arrays.stream(shape).boxed().toList());
  }

  private static MemorySegment bytes(Map<TensorInfo, MemorySegment> content, TensorInfo info) {
    return Objects.requireNonNull(content.get(info));
  }

  private static void replace(
      Map<TensorInfo, MemorySegment> content, TensorInfo old, TensorInfo replacement) {
    content.remove(old);
    content.put(replacement, MemorySegment.ofArray(new byte[(int) replacement.bytes()]));
  }

  private static int lowest(int bits) {
    return Integer.lowestOneBit(bits & 0xff);
  }

  private static void flip(MemorySegment bytes, long at, int bit) {
    bytes.set(ValueLayout.JAVA_BYTE, at, (byte) (bytes.get(ValueLayout.JAVA_BYTE, at) ^ bit));
  }
}
