package io.compot.export.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.export.gguf.PlainNumbers.Found;
import io.compot.gguf.block.BlockType;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Plain numbers in another type: what libtorch makes of them. */
class PlainNumbersTest {

  private static final int COUNT = 4099;

  static Stream<Arguments> pairs() {
    return Stream.of(Dtype.F32, Dtype.F16, Dtype.BF16)
        .flatMap(from ->
            Stream.of(BlockType.F32, BlockType.F16, BlockType.BF16)
                .map(to -> Arguments.of(from, to)));
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void areRoundedAsLibtorchRounds(Dtype from, BlockType to) {
    Dtype there = Dtype.valueOf(to.name());
    try (var _ = TensorScope.open();
        var arena = Arena.ofConfined()) {
      torch.manual_seed(5);
      // From numbers that half precision has no digits for to some near its largest.
      Tensor scales = torch.randn(COUNT).mul_(new Scalar(3.0)).exp_();
      Tensor numbers =
          torch.randn(COUNT).mul_(scales).clamp_min_(new Scalar(-6e4)).clamp_max_(new Scalar(6e4));
      Tensor given = numbers.to(from.scalarType()).contiguous();
      MemorySegment made = arena.allocate((long) COUNT * to.bytes(), 8);
      var plain = new PlainNumbers(from, to);
      assertThat(plain.convert(NativeMemory.bytes(given), made, COUNT)).isEqualTo(Found.FINITE);
      MemorySegment expected = NativeMemory.bytes(given.to(there.scalarType()).contiguous());
      if (!PlainNumbers.same(from, to)) {
        assertThat(made.mismatch(expected)).isEqualTo(-1);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "F32, F16, 65520, TOO_LARGE",
    "F32, F16, -65519, FINITE",
    "BF16, F16, 1e6, TOO_LARGE",
    "BF16, BF16, 1e38, FINITE",
    "F32, BF16, 3.4e38, TOO_LARGE",
    "F16, F32, Infinity, NO_NUMBER",
    "BF16, F16, NaN, NO_NUMBER",
    "F32, F32, -Infinity, NO_NUMBER"
  })
  void whatATypeHasNoNumberForIsFound(Dtype from, BlockType to, float value, Found found) {
    assertThat(convert(from, to, value)).isEqualTo(found);
  }

  @Test
  void theLargestHalfIsOne() {
    assertThat(convert(Dtype.F32, BlockType.F16, 65504)).isEqualTo(Found.FINITE);
  }

  private static Found convert(Dtype from, BlockType to, float value) {
    try (var _ = TensorScope.open();
        var arena = Arena.ofConfined()) {
      Tensor given = torch.zeros(7).fill_(new Scalar((double) value)).to(from.scalarType());
      return new PlainNumbers(from, to)
          .convert(NativeMemory.bytes(given.contiguous()), arena.allocate(7L * 4, 8), 7);
    }
  }
}
