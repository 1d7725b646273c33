package io.compot.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.form.Factors;
import io.compot.form.LowRankFactors;
import io.compot.form.LowRankSize;
import io.compot.form.SparseFactors;
import io.compot.form.SparseSize;
import io.compot.safetensors.SafetensorsFile;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class PackedFactorsTest {

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(names = {"F16", "BF16", "F32", "F64"})
  void sparseFactorsComeBackBitForBit(Dtype dtype) throws Exception {
    for (int k : new int[] {1, 7, 8, 9, 16, 19}) {
      int s = Math.max(1, k / 2);
      try (SparseFactors factors = sparse(dtype, 24, 13, k, s)) {
        Path file = write(factors);
        assertThat(PackedFactors.tensors("p", factors))
            .isEqualTo(PackedFactors.tensors("p", new SparseSize(k, s), 24, 13, dtype));
        try (SafetensorsFile read = SafetensorsFile.open(file)) {
          long bytes = 0;
          for (String name : read.names()) {
            bytes += read.bytes(name).byteSize();
          }
          assertThat(8 * bytes).isEqualTo(factors.bits());
          assertThat(PackedFactors.isPacked(read, "p")).isTrue();
          assertThat(PackedFactors.isPacked(read, "q")).isFalse();
          try (Factors back = PackedFactors.read(read, "p", 24, 13)) {
            var sparse = (SparseFactors) back;
            assertThat(sparse.nonzeros()).isEqualTo(13L * s);
            assertSameBits(sparse.code(), factors.code());
            assertSameBits(sparse.dictionary(), factors.dictionary());
          }
        }
      }
    }
  }

  @Test
  void maskBitsAreLeastSignificantFirstAndValuesRowAfterRow() throws Exception {
    try (var scope = TensorScope.open()) {
      Tensor code = scope.own(zeros(new long[] {2, 9}));
      MemorySegment bytes = NativeMemory.bytes(code);
      bytes.setAtIndex(ValueLayout.JAVA_FLOAT, 0, 1f);
      bytes.setAtIndex(ValueLayout.JAVA_FLOAT, 8, 2f);
      bytes.setAtIndex(ValueLayout.JAVA_FLOAT, 9 + 3, -0f); // stored, though it rounded to zero
      try (var factors = new SparseFactors(scope.own(randn(9, 4)), code, 3);
          var read = SafetensorsFile.open(write(factors))) {
        assertThat(read.bytes("p.mask").toArray(ValueLayout.JAVA_BYTE))
            .containsExactly(0b0000_0001, 0b0000_0001, 0b0000_1000, 0);
        assertThat(read.bytes("p.values").toArray(ValueLayout.JAVA_FLOAT_UNALIGNED))
            .containsExactly(1f, 2f, -0f);
      }
    }
  }

  @Test
  void lowRankFactorsComeBack() throws Exception {
    try (var scope = TensorScope.open();
        var factors = new LowRankFactors(scope.own(randn(13, 5)), scope.own(randn(5, 24)));
        var read = SafetensorsFile.open(write(factors));
        var back = (LowRankFactors) PackedFactors.read(read, "p", 24, 13)) {
      assertThat(PackedFactors.tensors("p", factors))
          .isEqualTo(PackedFactors.tensors("p", new LowRankSize(5), 24, 13, Dtype.F32));
      assertSameBits(back.left(), factors.left());
      assertSameBits(back.right(), factors.right());
    }
  }

  @Test
  void refusesASupportOfAnotherSize() throws Exception {
    try (SparseFactors factors = sparse(Dtype.F32, 24, 13, 9, 4)) {
      var wrong = new SparseFactors(factors.dictionary(), factors.code(), 13 * 4 + 1);
      assertThatIllegalArgumentException().isThrownBy(() -> write(wrong));
      assertThat(folder).isEmptyDirectory();
    }
  }

  /** Each lie about a packed projection is named. */
  @ParameterizedTest
  @CsvSource({
    "padding, p.mask, behind its 9",
    "moreBits, p.values, 53 bits",
    "fewerBits, p.values, 51 bits",
    "valuesType, p.values, F16",
    "maskType, p.mask, I8",
    "maskShape, p.mask, '[13, 3]'",
    "dictionaryWidth, p.dictionary, '[9, 23]'",
    "dictionaryType, p.dictionary, I32",
    "tooManyAtoms, p.dictionary, 25 atoms",
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
      case "tooManyAtoms" -> replace(content, dictionary, info("p.dictionary", Dtype.F32, 25, 24));
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
          .isThrownBy(() -> PackedFactors.read(read, "p", 24, 13).close())
          .withMessageContaining(tensor)
          .withMessageContaining(mention)
          .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
    }
  }

  @Test // 0.3 to 0.6 s each on a busy machine; the limit only catches a wrong order of growth.
  void packsAndUnpacksLargeCodesQuickly() throws Exception {
    try (SparseFactors factors = sparse(Dtype.BF16, 2048, 8192, 2016, 1008)) {
      Path file = write(factors); // warms up
      Assertions.assertTimeout(Duration.ofSeconds(20), () -> write(factors));
      try (SafetensorsFile read = SafetensorsFile.open(file)) {
        PackedFactors.read(read, "p", 2048, 8192).close();
        Assertions.assertTimeout(
            Duration.ofSeconds(20), () -> PackedFactors.read(read, "p", 2048, 8192).close());
      }
    }
  }

  private Map<TensorInfo, MemorySegment> contentOfSparse() throws CompotException, IOException {
    var content = new HashMap<TensorInfo, MemorySegment>();
    try (SparseFactors factors = sparse(Dtype.F32, 24, 13, 9, 4);
        SafetensorsFile read = SafetensorsFile.open(write(factors))) {
      for (String name : read.names()) {
        content.put(
            read.info(name),
            MemorySegment.ofArray(read.bytes(name).toArray(ValueLayout.JAVA_BYTE)));
      }
    }
    return content;
  }

  /** Exactly s entries a row, some of them −0.0. */
  private static SparseFactors sparse(Dtype dtype, int in, int out, int k, int s) {
    var random = new Random(7);
    manual_seed(7);
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
      return new SparseFactors(
          scope.own(randn(k, in).to(dtype.scalarType())),
          scope.own(code.to(dtype.scalarType())),
          (long) s * out);
    }
  }

  private Path write(Factors factors) throws CompotException {
    Path file = folder.resolve("factors.safetensors");
    try (var writer = new SafetensorsWriter(file, PackedFactors.tensors("p", factors), Map.of())) {
      PackedFactors.write("p", factors, writer);
      writer.finish();
    }
    return file;
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
