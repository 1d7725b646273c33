package io.compot.foreign;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.gguf.GgufFile;
import io.compot.gguf.GgufTensor;
import io.compot.gguf.block.BlockDecoder;
import io.compot.gguf.block.BlockType;
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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * The tensors of a GGUF file under Hugging Face's names. Plain numbers keep their type, blocks are
 * decoded to single precision where they are read; rows of queries and keys go back to Hugging
 * Face's order.
 */
final class GgufWeights implements WeightSource {

  /** Tensors that say something about others, and are no weights. */
  static final String ROPE_DIVISORS = "rope_freqs.weight";

  /** Weights that are decoded at once. */
  private static final int PIECE = 1 << 18;

  private final GgufFile file;
  private final Map<String, GgufTensor> tensors;
  private final Optional<HeadRows> heads;

  /**
   * @param heads how rows of queries and keys stand, where they are not in Hugging Face's order
   */
  GgufWeights(GgufFile file, Optional<HeadRows> heads) throws InputException {
    this.file = file;
    this.heads = heads;
    var named = new TreeMap<String, GgufTensor>();
    for (GgufTensor tensor : file.tensors()) {
      if (tensor.name().equals(ROPE_DIVISORS)) {
        continue;
      }
      // What has no name in Hugging Face layout keeps its own, and is reported as not understood.
      named.put(TensorNames.toHub(tensor.name()).orElse(tensor.name()), tensor);
      if (!tensor.type().decodes()) {
        throw InputException.in(
            file.file(),
            "tensor " + Shown.of(tensor.name()),
            "blocks of type " + tensor.type() + " cannot be read",
            "read are F32, F16, BF16, Q8_0, Q4_0 to Q5_1, Q2_K to Q6_K, IQ4_NL, IQ4_XS, MXFP4 and TQ:"
                + " use a file with these");
      }
    }
    this.tensors = Collections.unmodifiableMap(named);
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
    GgufTensor tensor = held(name);
    Dtype dtype =
        switch (tensor.type()) {
          case F16 -> Dtype.F16;
          case BF16 -> Dtype.BF16;
          default -> Dtype.F32;
        };
    return new TensorInfo(name, dtype, tensor.shape());
  }

  @Override
  public Stored stored(String name) throws InputException {
    GgufTensor tensor = held(name);
    return new Stored(tensor.type().name(), tensor.bytes());
  }

  @Override
  public Path file(String name) throws InputException {
    held(name);
    return file.file();
  }

  @Override
  public void read(String name, long from, MemorySegment into) throws InputException {
    GgufTensor tensor = held(name);
    if (heads.isPresent() && isQueryOrKey(tensor.name())) {
      readRows(tensor, from, into, heads.get());
    } else {
      readInOrder(tensor, from, into);
    }
  }

  private static boolean isQueryOrKey(String name) {
    return name.contains(".attn_q.") || name.contains(".attn_k.");
  }

  /** Row by row, each from where the file has it. */
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
    for (long done = 0; done < into.byteSize(); ) {
      long row = (from + done) / rowBytes;
      long inRow = (from + done) % rowBytes;
      long length = Math.min(rowBytes - inRow, into.byteSize() - done);
      readInOrder(tensor, order.inGguf(row) * rowBytes + inRow, into.asSlice(done, length));
      done += length;
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

  private GgufTensor held(String name) throws InputException {
    GgufTensor tensor = tensors.get(name);
    if (tensor == null) {
      throw InputException.in(
          file.file(),
          "tensor " + Shown.of(TensorNames.toGguf(name).orElse(name)),
          "there is no tensor of this name",
          "the file is incomplete or of another architecture than it says");
    }
    return tensor;
  }
}
