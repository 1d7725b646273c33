package io.compot.export.gguf;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.compot.calibration.PairedInputs;
import io.compot.calibration.PrefixCalibration;
import io.compot.calibration.StackFeed;
import io.compot.calibration.StateStore;
import io.compot.calibration.TokenWindows;
import io.compot.checkpoint.Checkpoint;
import io.compot.error.CompotException;
import io.compot.form.Packed;
import io.compot.form.codec.DenseCodec;
import io.compot.gguf.GgufTensor;
import io.compot.gguf.block.BlockDecoder;
import io.compot.gguf.block.BlockType;
import io.compot.gguf.model.TensorNames;
import io.compot.journal.WorkFolder;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.quantise.Feedback;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.text.TextFile;
import io.compot.tokenizer.TextTokenizer;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Rounds the projections of a model onto llama.cpp's blocks by what a calibration text makes of
 * their inputs. Block after block the model runs beside what has been rounded of it: each
 * projection is rounded with error feedback near the weight that makes up for what the ones before
 * it lost.
 */
record GgufCalibration(
    Architecture architecture,
    Checkpoint checkpoint,
    List<Path> texts,
    int samples,
    int length,
    GgufTensors sink) {

  /** Hidden states up to this size are held in memory. */
  private static final long MEMORY = 1L << 30;

  /** How firmly those weights hold on to the original's. */
  private static final double RIDGE = 1e-2;

  /**
   * Writes all quantised projections and takes them off the list.
   *
   * @param left tensors by name
   */
  void write(Map<String, GgufTensor> left) throws CompotException {
    TokenWindows windows = windows();
    Stack decoder = architecture.decoder();
    try (WorkFolder work = WorkFolder.temporary();
        PrefixCalibration prefix =
            PrefixCalibration.start(
                new StackFeed(decoder, windows),
                new StackFeed(decoder, windows),
                WeightLoader.of(checkpoint, Dtype.F32),
                new StateStore(work, "export", MEMORY),
                0,
                StopRequest.never())) {
      for (int block = 0; block < decoder.blocks(); block++) {
        List<SharedInput> inputs =
            decoder.projections(block).stream()
                .filter(input -> input.projections().stream().anyMatch(this::wanted))
                .toList();
        var rounded = new HashMap<String, Packed>();
        try {
          for (List<SharedInput> together : PrefixCalibration.stages(inputs)) {
            round(prefix, together, rounded, left);
          }
          prefix.advance(rounded);
        } finally {
          rounded.values().forEach(Packed::close);
        }
      }
      prefix.discard();
    }
  }

  private void round(
      PrefixCalibration prefix,
      List<SharedInput> together,
      Map<String, Packed> rounded,
      Map<String, GgufTensor> left)
      throws CompotException {
    var observed = prefix.observe(together, rounded, false);
    try {
      for (var each : observed.entrySet()) {
        round(each.getKey(), each.getValue(), rounded, left);
      }
    } finally {
      observed.values().forEach(PairedInputs::close);
    }
  }

  private void round(
      SharedInput input,
      PairedInputs seen,
      Map<String, Packed> rounded,
      Map<String, GgufTensor> left)
      throws CompotException {
    try (var _ = TensorScope.open();
        Feedback feedback =
            Feedback.of(seen.gram().matrix(), Feedback.Order.ACTIVITY, input.first().name())) {
      int[] order =
          Arrays.stream(NativeMemory.bytes(feedback.order()).toArray(JAVA_LONG))
              .mapToInt(Math::toIntExact)
              .toArray();
      float[] importance = importance(feedback, order);
      for (Projection projection : input.projections()) {
        if (wanted(projection)) {
          TensorNames.Place place = place(projection);
          GgufTensor tensor = tensor(place);
          left.remove(tensor.name());
          try (var scope = TensorScope.open()) {
            Tensor weight = sink.weights().finiteTensor(projection.weightName());
            Tensor target = seen.target(weight, RIDGE).to(ScalarType.Float).contiguous();
            byte[] blocks =
                BlockFeedback.round(tensor.type(), target, importance, order, feedback.upper());
            sink.write(tensor, place.expert().orElse(0), blocks);
            rounded.put(
                projection.name(),
                DenseCodec.packed(scope.own(decoded(tensor.type(), blocks, target))));
          }
        }
      }
    }
  }

  /** The numbers of blocks, in the shape of another tensor. */
  private static Tensor decoded(BlockType type, byte[] blocks, Tensor shape) {
    float[] values = new float[Math.toIntExact(shape.numel())];
    new BlockDecoder(type).decode(blocks, 0, values, 0, values.length);
    Tensor decoded = NativeMemory.empty(Dtype.F32, shape.size(0), shape.size(1));
    MemorySegment.copy(values, 0, NativeMemory.bytes(decoded), JAVA_FLOAT, 0, values.length);
    return decoded;
  }

  /** What an error of each column costs once the later columns have made good what they can. */
  private static float[] importance(Feedback feedback, int[] order) {
    double[] costs = NativeMemory.bytes(feedback.costs()).toArray(JAVA_DOUBLE);
    float[] importance = new float[costs.length];
    for (int k = 0; k < costs.length; k++) {
      importance[order[k]] = (float) costs[k];
    }
    return importance;
  }

  private boolean wanted(Projection projection) {
    if (sink.plan().family().leavesOut(projection.weightName())) {
      return false;
    }
    GgufTensor tensor = tensor(place(projection));
    return tensor.type().isQuantised() && !sink.keeps(tensor);
  }

  private TensorNames.Place place(Projection projection) {
    return sink.plan().family().names().toGguf(projection.weightName()).orElseThrow();
  }

  private GgufTensor tensor(TensorNames.Place place) {
    return Objects.requireNonNull(sink.plan().tensors().get(place.name()));
  }

  private TokenWindows windows() throws CompotException {
    int tokens = Math.min(length, architecture.contextLength());
    List<TextFile> read = TextFile.readAll(texts, "text");
    String whole =
        read.stream().map(TextFile::whole).collect(Collectors.joining(TextFile.SEPARATOR));
    String source = texts.stream().map(Path::toString).collect(Collectors.joining(", "));
    try (TextTokenizer tokenizer = checkpoint.tokenizer()) {
      long[] all = tokenizer.encode(whole, false);
      OptionalInt most = OptionalInt.of(Math.clamp(all.length / tokens, 1, samples));
      return TokenWindows.choose(all, most, tokens, 0, source);
    }
  }
}
