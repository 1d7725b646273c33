package io.compot.export.gguf;

import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.export.MergedWeights;
import io.compot.gguf.GgufTensor;
import io.compot.gguf.GgufWriter;
import io.compot.gguf.block.BlockType;
import io.compot.gguf.model.HeadRows;
import io.compot.progress.Stage;
import io.compot.tensor.Dtype;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;

/**
 * Copies weights of a type that files have as well: bytes as they are, but for the order of rows.
 */
record PlainCopy(GgufWriter writer, MergedWeights weights, Stage stage) {

  /** Bytes that are in memory at once. */
  private static final long PIECE = 16L << 20;

  /** Whether a file has the same numbers under that type. */
  static boolean holds(Dtype dtype, BlockType type) {
    return switch (type) {
      case F32 -> dtype == Dtype.F32;
      case F16 -> dtype == Dtype.F16;
      case BF16 -> dtype == Dtype.BF16;
      default -> false;
    };
  }

  /**
   * Copies.
   *
   * @param at the first of the tensor's weights that are written
   * @param rows how many rows are copied
   * @param columns weights of a row
   * @param heads the order of rows, where it is another
   */
  void write(
      GgufTensor tensor, String name, long at, long rows, int columns, Optional<HeadRows> heads)
      throws CompotException {
    Dtype dtype = weights.info(name).dtype();
    long rowBytes = (long) columns * dtype.bytes();
    long together = heads.map(HeadRows::headDim).orElse(1L);
    long step = Math.max(1, PIECE / rowBytes / together) * together;
    try (var arena = Arena.ofConfined()) {
      MemorySegment read = arena.allocate(Math.min(step, rows) * rowBytes, 8);
      MemorySegment turned = heads.isPresent() ? arena.allocate(read.byteSize(), 8) : read;
      for (long from = 0; from < rows; from += step) {
        long count = Math.min(step, rows - from);
        MemorySegment piece = read.asSlice(0, count * rowBytes);
        weights.read(name, from * rowBytes, piece);
        requireFinite(name, dtype, piece);
        if (heads.isPresent()) {
          for (long row = 0; row < count; row++) {
            long there = heads.get().inGguf(row);
            MemorySegment.copy(piece, row * rowBytes, turned, there * rowBytes, rowBytes);
          }
        }
        long begin = at * dtype.bytes() + from * rowBytes;
        writer.write(tensor.name(), begin, turned.asSlice(0, count * rowBytes));
        stage.advance(tensor.name(), count * columns);
      }
    }
  }

  /** All bits of the exponent are set in what is no number, whatever the type. */
  private void requireFinite(String name, Dtype dtype, MemorySegment piece) throws InputException {
    boolean none = false;
    if (dtype == Dtype.F32) {
      int[] words = piece.toArray(ValueLayout.JAVA_INT);
      for (int word : words) {
        none |= (word & 0x7f800000) == 0x7f800000;
      }
    } else {
      int exponent = dtype == Dtype.F16 ? 0x7c00 : 0x7f80;
      short[] words = piece.toArray(ValueLayout.JAVA_SHORT);
      for (short word : words) {
        none |= (word & exponent) == exponent;
      }
    }
    if (none) {
      throw InputException.in(
          weights.file(name),
          "tensor " + Shown.of(name),
          "a weight is NaN or infinite",
          "the weights are damaged: use an intact checkpoint");
    }
  }
}
