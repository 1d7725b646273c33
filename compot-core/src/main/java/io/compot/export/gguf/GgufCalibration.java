package io.compot.export.gguf;

import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.compot.calibration.Calibration;
import io.compot.calibration.Gram;
import io.compot.calibration.StackFeed;
import io.compot.calibration.StateStore;
import io.compot.calibration.TokenWindows;
import io.compot.checkpoint.Checkpoint;
import io.compot.error.CompotException;
import io.compot.gguf.GgufTensor;
import io.compot.gguf.model.TensorNames;
import io.compot.journal.WorkFolder;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.model.WeightLoader;
import io.compot.quantise.Feedback;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.text.TextFile;
import io.compot.tokenizer.TextTokenizer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Rounds the projections of a model onto llama.cpp's blocks with the Gram matrices of a calibration
 * text: block after block of the model is run and observed, and each projection rounded with error
 * feedback.
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

  /**
   * Writes all quantised projections and takes them off the list.
   *
   * @param left tensors by name
   */
  void write(Map<String, GgufTensor> left) throws CompotException {
    TokenWindows windows = windows();
    try (WorkFolder work = WorkFolder.temporary();
        Calibration calibration =
            Calibration.start(
                new StackFeed(architecture.decoder(), windows),
                WeightLoader.of(checkpoint, Dtype.F32),
                new StateStore(work, "export", MEMORY),
                0)) {
      for (int block = 0; block < architecture.decoder().blocks(); block++) {
        List<SharedInput> inputs =
            architecture.decoder().projections(block).stream()
                .filter(input -> input.projections().stream().anyMatch(this::wanted))
                .toList();
        Map<SharedInput, Gram> grams = calibration.observe(inputs, _ -> {});
        try {
          for (SharedInput input : inputs) {
            round(input, Objects.requireNonNull(grams.get(input)), left);
          }
        } finally {
          grams.values().forEach(Gram::close);
        }
        calibration.advance();
      }
      calibration.discard();
    }
  }

  private void round(SharedInput input, Gram gram, Map<String, GgufTensor> left)
      throws CompotException {
    try (var _ = TensorScope.open();
        Feedback feedback =
            Feedback.of(gram.matrix(), Feedback.Order.ACTIVITY, input.first().name())) {
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
          try (var _ = TensorScope.open()) {
            Tensor weight =
                sink.weights()
                    .finiteTensor(projection.weightName())
                    .to(ScalarType.Float)
                    .contiguous();
            sink.write(
                tensor,
                place.expert().orElse(0),
                BlockFeedback.round(tensor.type(), weight, importance, order, feedback.upper()));
          }
        }
      }
    }
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
