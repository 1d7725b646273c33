package io.compot.edit;

import io.compot.error.InputException;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tensor of a source, whole or with only some of its rows and columns; nothing of it is copied
 * until it is read.
 *
 * @param kept for each dimension, in the order in which it is stored, the places that stay,
 *     ascending; null where all do. Only vectors and matrices can be cut
 */
record TensorView(WeightSource source, String name, List<long @Nullable []> kept) {

  TensorView {
    kept = Collections.unmodifiableList(new ArrayList<>(kept));
  }

  /** The whole tensor, of whatever dimensions. */
  TensorView(WeightSource source, String name) {
    this(source, name, List.of());
  }

  /** What it is under another name. */
  TensorInfo info(String as) throws InputException {
    TensorInfo whole = source.info(name);
    List<Long> shape = new ArrayList<>();
    for (int i = 0; i < whole.shape().size(); i++) {
      long[] places = places(i);
      shape.add(places == null ? whole.shape().get(i) : (long) places.length);
    }
    return new TensorInfo(as, whole.dtype(), shape);
  }

  private long @Nullable [] places(int dimension) {
    return kept.isEmpty() ? null : kept.get(dimension);
  }

  /** Reads a part, as {@link WeightSource#read} does. */
  void read(long from, MemorySegment into) throws InputException {
    if (kept.stream().allMatch(places -> places == null)) {
      source.read(name, from, into);
      return;
    }
    TensorInfo whole = source.info(name);
    int width = whole.dtype().bytes();
    boolean matrix = whole.shape().size() == 2;
    // A vector is one row.
    long[] rows = matrix ? places(0) : null;
    long[] columns = places(matrix ? 1 : 0);
    long rowBytes = whole.shape().getLast() * width;
    long keptBytes = columns == null ? rowBytes : (long) columns.length * width;
    try (var arena = Arena.ofConfined()) {
      MemorySegment row = arena.allocate(rowBytes, Long.BYTES);
      long done = 0;
      while (done < into.byteSize()) {
        long at = from + done;
        long index = at / keptBytes;
        long skipped = at % keptBytes;
        long count = Math.min(keptBytes - skipped, into.byteSize() - done);
        MemorySegment part = into.asSlice(done, count);
        long begin = (rows == null ? index : rows[Math.toIntExact(index)]) * rowBytes;
        if (columns == null) {
          source.read(name, begin + skipped, part);
        } else {
          source.read(name, begin, row);
          gather(row, columns, width, skipped, part);
        }
        done += count;
      }
    }
  }

  /** Copies the kept columns of a row, from a byte of the narrower row on. */
  private static void gather(
      MemorySegment row, long[] columns, int width, long skipped, MemorySegment part) {
    for (long i = 0; i < part.byteSize(); ) {
      long at = skipped + i;
      long within = at % width;
      long count = Math.min(width - within, part.byteSize() - i);
      long column = columns[Math.toIntExact(at / width)];
      MemorySegment.copy(row, column * width + within, part, i, count);
      i += count;
    }
  }
}
