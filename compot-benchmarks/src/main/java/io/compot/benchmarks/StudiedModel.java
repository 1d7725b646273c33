package io.compot.benchmarks;

import static org.bytedeco.pytorch.global.torch.log_softmax;

import io.compot.calibration.BackwardPass;
import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.Gram;
import io.compot.calibration.PredictedRise;
import io.compot.calibration.StateStore;
import io.compot.calibration.TokenWindows;
import io.compot.checkpoint.Checkpoint;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.form.Packed;
import io.compot.journal.WorkFolder;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A small model with all that is known of it held in memory, so that many ways to compress it can
 * be tried: Gram matrices, whitenings, output metrics, and the original's next-token distributions
 * on held-out text. Lives as long as the program.
 */
final class StudiedModel {

  private static final int LENGTH = 128;
  private static final int BATCH = 16;

  /** One projection. */
  record Layer(Projection projection, int depth, SharedInput input, PredictedRise rise) {
    String name() {
      return projection.name();
    }

    long in() {
      return projection.in();
    }

    long out() {
      return projection.out();
    }
  }

  /** Mean KL divergence to the original, and mean negative log-likelihood, in nats a token. */
  record Quality(double divergence, double loss) {}

  final Architecture architecture;
  final WeightLoader loader;
  final TokenWindows windows;
  final List<Layer> layers = new ArrayList<>();
  final double loss;
  private final Checkpoint checkpoint;
  private final Map<SharedInput, Whitening> whitenings = new LinkedHashMap<>();
  private final List<long[]> heldOut;
  private final List<Tensor> original = new ArrayList<>();

  StudiedModel(Path model, Path calibration, Path heldOutText, int heldOutWindows)
      throws CompotException, IOException {
    checkpoint = Checkpoint.open(model);
    architecture = Architecture.of(checkpoint);
    loader = WeightLoader.of(checkpoint, Dtype.F32);
    try (var tokenizer = checkpoint.tokenizer()) {
      long[] tokens = tokenizer.encode(Files.readString(calibration), false);
      windows = TokenWindows.choose(tokens, OptionalInt.of(256), LENGTH, 1, "calibration");
      long[] held = tokenizer.encode(Files.readString(heldOutText), false);
      int count = Math.min(heldOutWindows, held.length / LENGTH);
      heldOut = TokenWindows.choose(held, OptionalInt.of(count), LENGTH, 7, "held out").windows();
    }
    observe();
    loss = measure(Map.of()).loss();
  }

  private void observe() throws CompotException {
    int last = architecture.decoder().blocks() - 1;
    try (var work = WorkFolder.temporary();
        var pass =
            BackwardPass.start(
                architecture,
                loader,
                CalibrationSamples.of(architecture, windows),
                new StateStore(work, "backward", 1L << 27),
                last,
                5,
                StopRequest.never())) {
      while (pass.next() >= 0) {
        int depth = pass.next();
        List<SharedInput> inputs = architecture.decoder().projections(depth);
        var observed = pass.observe(inputs);
        List<Layer> block = new ArrayList<>();
        for (SharedInput input : inputs) {
          Gram gram = Objects.requireNonNull(observed.inputs().get(input));
          whitenings.put(input, Whitening.of(gram.matrix(), input.first().name()));
          for (Projection projection : input.projections()) {
            Gram outputs = Objects.requireNonNull(observed.outputs().get(projection.name()));
            var rise = new PredictedRise(gram, outputs, windows.lengths().total());
            block.add(new Layer(projection, depth, input, rise));
          }
        }
        layers.addAll(0, block);
        pass.advance();
      }
    }
  }

  Whitening whitening(Layer layer) {
    return Objects.requireNonNull(whitenings.get(layer.input()));
  }

  Tensor weight(Layer layer) throws InputException {
    return checkpoint.tensor(layer.name() + ".weight");
  }

  /** Runs the model with some weights replaced over the held-out windows. */
  Quality measure(Map<String, Packed> replaced) throws CompotException {
    double divergence = 0;
    double sum = 0;
    long count = 0;
    boolean first = original.isEmpty();
    try (var _ = TensorScope.open();
        var model = CausalModel.load(architecture, loader.replacing(replaced))) {
      for (int from = 0, batch = 0; from < heldOut.size(); from += BATCH, batch++) {
        var part = heldOut.subList(from, Math.min(from + BATCH, heldOut.size()));
        try (var scope = TensorScope.open();
            var accurate = new ScalarTypeOptional(ScalarType.Double)) {
          Tensor tokens = tokens(part);
          Tensor scored = model.logits(tokens).narrow(1, 0, LENGTH - 1);
          Tensor likelihoods = log_softmax(scored, -1);
          Tensor labels = tokens.narrow(1, 1, LENGTH - 1).unsqueeze(-1);
          sum -= likelihoods.gather(-1, labels).sum(accurate).item_double();
          count += labels.numel();
          if (first) {
            original.add(scope.own(likelihoods));
          }
          Tensor p = original.get(batch);
          divergence += p.exp().mul_(p.sub(likelihoods)).sum(accurate).item_double();
        }
      }
    }
    return new Quality(divergence / count, sum / count);
  }

  private static Tensor tokens(List<long[]> windows) {
    long[] ids = windows.stream().flatMapToLong(java.util.Arrays::stream).toArray();
    try (var scope = TensorScope.open();
        var arena = Arena.ofConfined()) {
      var segment = arena.allocateFrom(ValueLayout.JAVA_LONG, ids);
      return scope.keep(NativeMemory.tensor(segment, Dtype.I64, windows.size(), LENGTH).clone());
    }
  }
}
