package io.compot.export.gguf;

import io.compot.error.CompotException;
import io.compot.export.Floats;
import io.compot.export.MergedWeights;
import io.compot.form.Packed;
import io.compot.form.codec.DenseCodec;
import io.compot.gguf.GgufTensor;
import io.compot.gguf.GgufWriter;
import io.compot.gguf.block.BlockEncoder;
import io.compot.gguf.block.BlockType;
import io.compot.gguf.block.GridBlocks;
import io.compot.gguf.model.HeadRows;
import io.compot.progress.Stage;
import io.compot.quantise.GroupedMatrix;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;

/** Puts tensors into a GGUF file, some rows at a time: order of rows, rounding, progress. */
final class GgufTensors implements AutoCloseable {

  /** Weights that are in memory at once. */
  private static final long PIECE = 1 << 23;

  private final GgufWriter writer;
  private final MergedWeights weights;
  private final GgufPlan plan;
  private final boolean nearest;
  private final Stage stage;
  private final PlainCopy plain;

  GgufTensors(
      GgufWriter writer,
      MergedWeights weights,
      GgufPlan plan,
      GgufExport.Rounding rounding,
      Stage stage) {
    this.writer = writer;
    this.weights = weights;
    this.plan = plan;
    this.nearest = rounding == GgufExport.Rounding.NEAREST;
    this.stage = stage;
    this.plain = new PlainCopy(writer, weights, stage);
  }

  MergedWeights weights() {
    return weights;
  }

  /** Whether a tensor keeps the codes it has, and is not rounded. */
  boolean keeps(GgufTensor tensor) {
    return plan.grids().containsKey(tensor.name());
  }

  /** The plan. */
  GgufPlan plan() {
    return plan;
  }

  /** Writes what no model has as a tensor, and takes it off the list. */
  void writeRotary(Map<String, GgufTensor> left) throws CompotException {
    for (var each : plan.rotary().entrySet()) {
      GgufTensor tensor = Objects.requireNonNull(left.remove(each.getKey()));
      put(tensor, 0, encoded(tensor.type(), each.getValue()));
      stage.advance(tensor.name(), tensor.elements());
    }
  }

  /** Rounds a tensor and writes it. */
  void write(GgufTensor tensor) throws CompotException {
    List<String> parts = Objects.requireNonNull(plan.hubNames().get(tensor.name()));
    for (int part = 0; part < parts.size(); part++) {
      if (keeps(tensor)) {
        write(tensor, part, kept(tensor.type(), parts.get(part)));
      } else {
        write(tensor, part, parts.get(part));
      }
    }
  }

  private void write(GgufTensor tensor, int part, String name) throws CompotException {
    long all = tensor.elements() / parts(tensor);
    boolean permuted = plan.family().interleaves(tensor.name());
    // A bias that goes with permuted rows has rows of one number.
    boolean narrow = permuted && tensor.shape().size() == 1;
    int columns = narrow ? 1 : Math.toIntExact(tensor.columns());
    long rows = all / columns;
    if (PlainNumbers.has(weights.info(name).dtype(), tensor.type())
        && !plan.family().offsets(tensor.name())) {
      plain.write(
          tensor, name, part * all, rows, columns, permuted ? plan.heads() : Optional.empty());
      return;
    }
    long together = permuted ? plan.heads().orElseThrow().headDim() : 1;
    long step = Math.max(1, PIECE / columns / together) * together;
    for (long from = 0; from < rows; from += step) {
      int count = (int) Math.min(step, rows - from);
      float[] values = Floats.read(weights, name, from * columns, count * columns);
      if (plan.family().offsets(tensor.name())) {
        for (int i = 0; i < values.length; i++) {
          values[i] += 1;
        }
      }
      float[] ordered = permuted ? permuted(values, count, columns) : values;
      put(tensor, part * all + from * columns, encoded(tensor.type(), ordered));
      stage.advance(tensor.name(), (long) count * columns);
    }
  }

  /**
   * Writes a tensor, or the part of it that is an expert's, whose blocks are made, rows in Hugging
   * Face's order.
   */
  void write(GgufTensor tensor, int part, byte[] blocks) throws CompotException {
    byte[] ordered = blocks;
    if (plan.family().interleaves(tensor.name())) {
      HeadRows heads = plan.heads().orElseThrow();
      int rowBytes = Math.toIntExact(tensor.rowBytes());
      ordered = new byte[blocks.length];
      for (int row = 0; row < tensor.rows(); row++) {
        int there = (int) heads.inGguf(row);
        System.arraycopy(blocks, row * rowBytes, ordered, there * rowBytes, rowBytes);
      }
    }
    long elements = tensor.elements() / parts(tensor);
    put(tensor, part * elements, ordered);
    stage.advance(tensor.name(), elements);
  }

  private int parts(GgufTensor tensor) {
    return Objects.requireNonNull(plan.hubNames().get(tensor.name())).size();
  }

  /** A weight's codes and scales as blocks. */
  private byte[] kept(BlockType type, String name) throws CompotException {
    try (var _ = TensorScope.open();
        Packed packed = weights.read(name).orElseThrow()) {
      GroupedMatrix matrix = DenseCodec.grouped(packed).orElseThrow();
      return GridBlocks.pack(
          type,
          Math.toIntExact(packed.out()),
          Math.toIntExact(packed.in()),
          NativeMemory.bytes(matrix.integers().contiguous()).toArray(ValueLayout.JAVA_BYTE),
          GgufPlan.scales(matrix),
          NativeMemory.bytes(matrix.zeroPoints().contiguous()).toArray(ValueLayout.JAVA_BYTE));
    }
  }

  private void put(GgufTensor tensor, long weight, byte[] bytes) throws CompotException {
    try (var arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
      writer.write(
          tensor.name(), weight / tensor.type().elements() * tensor.type().bytes(), segment);
    }
  }

  private float[] permuted(float[] values, int rows, int columns) {
    float[] ordered = new float[values.length];
    for (int row = 0; row < rows; row++) {
      int there = (int) plan.heads().orElseThrow().inGguf(row);
      System.arraycopy(values, row * columns, ordered, there * columns, columns);
    }
    return ordered;
  }

  /** In parallel pieces of whole blocks. */
  private byte[] encoded(BlockType type, float[] values) {
    byte[] bytes = new byte[Math.toIntExact(type.bytes(values.length).orElseThrow())];
    int piece = Math.max(1, (1 << 16) / type.elements()) * type.elements();
    IntStream.range(0, Math.ceilDiv(values.length, piece))
        .parallel()
        .forEach(i -> {
          int from = i * piece;
          int count = Math.min(piece, values.length - from);
          BlockEncoder encoder = nearest ? BlockEncoder.nearest(type) : BlockEncoder.fitted(type);
          encoder.encode(
              values, from, null, 0, bytes, from / type.elements() * type.bytes(), count);
        });
    return bytes;
  }

  @Override
  public void close() {
    plain.close();
  }
}
