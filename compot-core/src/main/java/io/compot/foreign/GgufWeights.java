package io.compot.foreign;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.gguf.GgufFile;
import io.compot.gguf.GgufTensor;
import io.compot.gguf.block.BlockDecoder;
import io.compot.gguf.block.BlockType;
import io.compot.gguf.model.GgufFamily;
import io.compot.gguf.model.HeadRows;
import io.compot.gguf.model.TensorNames;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.Dtype;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The tensors of a GGUF file under Hugging Face's names. Plain numbers keep their type, blocks are
 * decoded to single precision where they are read; rows of queries and keys go back to Hugging
 * Face's order.
 */
final class GgufWeights implements WeightSource {

  /** Tensors that say something about others, and are no weights. */
  static final Set<String> ROTARY =
      Set.of("rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight");

  /** Weights that are decoded at once. */
  private static final int PIECE = 1 << 18;

  /** Far above any model. */
  private static final long MOST_EXPERTS = 1 << 14;

  private final GgufFile file;
  private final GgufFamily family;
  private final Map<String, Part> tensors;
  private final Optional<HeadRows> heads;
  private @Nullable Turned last;

  /**
   * @param heads how rows of queries and keys stand, where they are not in Hugging Face's order
   */
  GgufWeights(GgufFile file, GgufFamily family, Optional<HeadRows> heads) throws InputException {
    this.file = file;
    this.family = family;
    this.heads = heads;
    var named = new TreeMap<String, Part>();
    for (GgufTensor tensor : file.tensors()) {
      if (ROTARY.contains(tensor.name())) {
        continue;
      }
      if (!tensor.type().decodes()) {
        throw InputException.in(
            file.file(),
            "tensor " + Shown.of(tensor.name()),
            "blocks of type " + tensor.type() + " cannot be read",
            "read are F32, F16, BF16, Q8_0, Q4_0 to Q5_1, Q2_K to Q6_K, IQ4_NL, IQ4_XS, MXFP4 and TQ:"
                + " use a file with these");
      }
      if (family.offsets(tensor.name()) && tensor.type() != BlockType.F32) {
        throw InputException.in(
            file.file(),
            "tensor " + Shown.of(tensor.name()),
            "found type %s, expected F32 as every norm has".formatted(tensor.type()),
            "use a file that llama.cpp's tools made");
      }
      // What has no name in Hugging Face layout keeps its own, and is reported as not understood.
      String name = family.names().toHub(tensor.name()).orElse(tensor.name());
      if (name.contains("*") && tensor.shape().size() == 3) {
        int experts = (int) Math.min(tensor.shape().getFirst(), MOST_EXPERTS);
        for (int i = 0; i < experts; i++) {
          named.put(name.replace("*", Integer.toString(i)), new Part(tensor, i, experts));
        }
      } else {
        named.put(name, new Part(tensor, 0, 1));
      }
    }
    this.tensors = Collections.unmodifiableMap(named);
  }

  /** One of equal parts of a tensor. */
  private record Part(GgufTensor tensor, int index, int count) {

    /** Its shape in the file. */
    List<Long> shape() {
      return count == 1 ? tensor.shape() : tensor.shape().subList(1, 3);
    }

    /** The first of its weights. */
    long begin() {
      return index * (tensor.elements() / count);
    }
  }

  @Override
  public Set<String> names() {
    return tensors.keySet();
  }

  @Override
  public boolean has(String name) {
    return tensors.containsKey(name);
  }

  @Override
  public TensorInfo info(String name) throws InputException {
    Part part = held(name);
    Dtype dtype =
        switch (part.tensor().type()) {
          case F16 -> Dtype.F16;
          case BF16 -> Dtype.BF16;
          default -> Dtype.F32;
        };
    List<Long> shape = part.shape();
    String there = part.tensor().name();
    if (family.turns(there) && shape.size() == 2) {
      return new TensorInfo(name, dtype, shape.reversed());
    }
    // A matrix of one row is a vector in files.
    boolean row = there.endsWith("_shexp.weight") && shape.size() == 1;
    return new TensorInfo(name, dtype, row ? List.of(1L, shape.getFirst()) : shape);
  }

  @Override
  public Stored stored(String name) throws InputException {
    Part part = held(name);
    return new Stored(part.tensor().type().name(), part.tensor().bytes() / part.count());
  }

  @Override
  public Path file(String name) throws InputException {
    held(name);
    return file.file();
  }

  @Override
  public void read(String name, long from, MemorySegment into) throws InputException {
    Part part = held(name);
    GgufTensor tensor = part.tensor();
    if (family.turns(tensor.name()) && tensor.shape().size() == 2) {
      MemorySegment.copy(turned(tensor), from, into, 0, into.byteSize());
    } else if (heads.isPresent() && family.interleaves(tensor.name())) {
      readRows(tensor, from, into, heads.get());
    } else {
      readInOrder(tensor, part.begin() * width(tensor) + from, into);
    }
    if (family.offsets(tensor.name())) {
      for (long at = 0; at < into.byteSize(); at += Float.BYTES) {
        float stored = into.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at);
        into.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, stored - 1);
      }
    }
  }

  /** A whole matrix with rows as columns; the last one is held. */
  private synchronized MemorySegment turned(GgufTensor tensor) throws InputException {
    if (last == null || !last.name().equals(tensor.name())) {
      int width = (int) width(tensor);
      long rows = tensor.rows();
      long columns = tensor.columns();
      MemorySegment turned = Arena.ofAuto().allocate(rows * columns * width);
      try (var arena = Arena.ofConfined()) {
        MemorySegment row = arena.allocate(columns * width);
        for (long i = 0; i < rows; i++) {
          readInOrder(tensor, i * columns * width, row);
          for (long j = 0; j < columns; j++) {
            MemorySegment.copy(row, j * width, turned, (j * rows + i) * width, width);
          }
        }
      }
      last = new Turned(tensor.name(), turned);
    }
    return last.bytes();
  }

  private record Turned(String name, MemorySegment bytes) {}

  /** Head by head, each row from where the file has it. */
  private void readRows(GgufTensor tensor, long from, MemorySegment into, HeadRows order)
      throws InputException {
    boolean bias = tensor.shape().size() == 1;
    long rowBytes = width(tensor) * (bias ? 1 : tensor.columns());
    long rows = bias ? tensor.columns() : tensor.rows();
    if (rows % order.headDim() != 0) {
      throw InputException.in(
          file.file(),
          "tensor " + Shown.of(tensor.name()),
          "%d rows are no whole heads of %d".formatted(rows, order.headDim()),
          "the file is damaged: fetch it again");
    }
    long headBytes = rowBytes * order.headDim();
    try (var arena = Arena.ofConfined()) {
      MemorySegment head = arena.allocate(headBytes, 8);
      for (long done = 0; done < into.byteSize(); ) {
        long begin = (from + done) / headBytes * headBytes;
        readInOrder(tensor, begin, head);
        long end = Math.min(into.byteSize(), begin + headBytes - from);
        while (done < end) {
          long row = (from + done) / rowBytes;
          long inRow = (from + done) % rowBytes;
          long length = Math.min(rowBytes - inRow, end - done);
          long there = order.inGguf(row) * rowBytes + inRow - begin;
          MemorySegment.copy(head, there, into, done, length);
          done += length;
        }
      }
    }
  }

  /** Bytes of a number as this source gives it. */
  private static long width(GgufTensor tensor) {
    return tensor.type() == BlockType.F16 || tensor.type() == BlockType.BF16 ? 2 : 4;
  }

  private void readInOrder(GgufTensor tensor, long from, MemorySegment into) throws InputException {
    BlockType type = tensor.type();
    if (type == BlockType.F32 || type == BlockType.F16 || type == BlockType.BF16) {
      file.read(tensor.name(), from, into);
      return;
    }
    long first = from / Float.BYTES;
    long end = (from + into.byteSize()) / Float.BYTES;
    var decoder = new BlockDecoder(type);
    float[] values =
        new float
            [(int)
                Math.min(
                    PIECE,
                    Math.ceilDiv(end - first, type.elements()) * type.elements()
                        + type.elements())];
    int whole = values.length / type.elements() * type.elements();
    try (var arena = Arena.ofConfined()) {
      MemorySegment raw = arena.allocate((long) whole / type.elements() * type.bytes());
      for (long at = first; at < end; ) {
        long block = at / type.elements();
        long begin = block * type.elements();
        int count =
            (int) Math.min(whole, Math.ceilDiv(end, type.elements()) * type.elements() - begin);
        MemorySegment part = raw.asSlice(0, (long) count / type.elements() * type.bytes());
        file.read(tensor.name(), block * type.bytes(), part);
        decoder.decode(part.toArray(ValueLayout.JAVA_BYTE), 0, values, 0, count);
        int skip = (int) (at - begin);
        int taken = (int) Math.min(count - skip, end - at);
        MemorySegment.copy(
            values,
            skip,
            into,
            ValueLayout.JAVA_FLOAT_UNALIGNED,
            (at - first) * Float.BYTES,
            taken);
        at += taken;
      }
    }
  }

  private Part held(String name) throws InputException {
    Part part = tensors.get(name);
    if (part == null) {
      throw InputException.in(
          file.file(),
          "tensor "
              + Shown.of(family.names().toGguf(name).map(TensorNames.Place::name).orElse(name)),
          "there is no tensor of this name",
          "the file is incomplete or of another architecture than it says");
    }
    return part;
  }
}
