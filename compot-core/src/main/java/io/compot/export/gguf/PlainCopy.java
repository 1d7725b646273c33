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
import java.util.Arrays;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * Writes plain numbers: as they are, or in another plain type, but for the order of rows. A file is
 * then written about as fast as it is copied.
 */
final class PlainCopy implements AutoCloseable {

  /** Weights that are in memory at once. */
  private static final long PIECE = 1L << 21;

  /** Weights that one thread converts at once. */
  private static final int PART = 1 << 18;

  private final GgufWriter writer;
  private final MergedWeights weights;
  private final Stage stage;

  /** Memory that one tensor after another goes through. */
  private final Arena arena = Arena.ofShared();

  private MemorySegment read = MemorySegment.NULL;
  private MemorySegment made = MemorySegment.NULL;
  private MemorySegment turned = MemorySegment.NULL;

  PlainCopy(GgufWriter writer, MergedWeights weights, Stage stage) {
    this.writer = writer;
    this.weights = weights;
    this.stage = stage;
  }

  /**
   * Writes.
   *
   * @param at the first of the tensor's weights that are written
   * @param rows how many rows are written
   * @param columns weights of a row
   * @param heads the order of rows, where it is another
   */
  void write(
      GgufTensor tensor, String name, long at, long rows, int columns, Optional<HeadRows> heads)
      throws CompotException {
    Dtype from = weights.info(name).dtype();
    BlockType to = tensor.type();
    long together = heads.map(HeadRows::headDim).orElse(1L);
    long step = Math.min(rows, Math.max(1, PIECE / columns / together) * together);
    int most = Math.toIntExact(step * columns);
    var numbers = new PlainNumbers[Math.ceilDiv(most, PART)];
    Arrays.setAll(numbers, i -> new PlainNumbers(from, to));
    boolean same = PlainNumbers.same(from, to);
    read = room(read, (long) most * from.bytes());
    made = same ? made : room(made, (long) most * to.bytes());
    turned = heads.isEmpty() ? turned : room(turned, (long) most * to.bytes());
    for (long done = 0; done < rows; done += step) {
      int count = (int) (Math.min(step, rows - done) * columns);
      MemorySegment piece = read.asSlice(0, (long) count * from.bytes());
      weights.read(name, done * columns * from.bytes(), piece);
      MemorySegment plain = same ? piece : made.asSlice(0, (long) count * to.bytes());
      require(converted(numbers, piece, plain, count, from, to), name, to);
      if (heads.isPresent()) {
        turn(plain, turned, count / columns, (long) columns * to.bytes(), heads.get());
        plain = turned.asSlice(0, plain.byteSize());
      }
      writer.write(tensor.name(), (at + done * columns) * to.bytes(), plain);
      stage.advance(tensor.name(), count);
    }
  }

  private MemorySegment room(MemorySegment before, long bytes) {
    return before.byteSize() >= bytes ? before : arena.allocate(bytes, 8);
  }

  @Override
  public void close() {
    arena.close();
  }

  /** In parallel parts; what was found of the worst. */
  private static PlainNumbers.Found converted(
      PlainNumbers[] numbers,
      MemorySegment read,
      MemorySegment made,
      int count,
      Dtype from,
      BlockType to) {
    return IntStream.range(0, Math.ceilDiv(count, PART))
        .parallel()
        .mapToObj(part -> {
          long first = (long) part * PART;
          int own = (int) Math.min(PART, count - first);
          return numbers[part].convert(
              read.asSlice(first * from.bytes(), (long) own * from.bytes()),
              made.asSlice(first * to.bytes(), (long) own * to.bytes()),
              own);
        })
        .max(Comparator.naturalOrder())
        .orElseThrow();
  }

  private static void turn(
      MemorySegment rows, MemorySegment into, int count, long rowBytes, HeadRows heads) {
    for (long row = 0; row < count; row++) {
      MemorySegment.copy(rows, row * rowBytes, into, heads.inGguf(row) * rowBytes, rowBytes);
    }
  }

  private void require(PlainNumbers.Found found, String name, BlockType to) throws InputException {
    switch (found) {
      case FINITE -> {}
      case NO_NUMBER ->
          throw refuse(
              name,
              "a weight is NaN or infinite",
              "the weights are damaged: use an intact checkpoint");
      case TOO_LARGE ->
          throw refuse(
              name, "a weight is too large for " + to, "use --type bf16, f32 or one with blocks");
    }
  }

  private InputException refuse(String name, String problem, String advice) throws InputException {
    return InputException.in(weights.file(name), "tensor " + Shown.of(name), problem, advice);
  }
}
