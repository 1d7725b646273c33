package io.compot.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;
import static org.bytedeco.pytorch.global.torch.log_softmax;
import static org.bytedeco.pytorch.global.torch.randn;
import static org.bytedeco.pytorch.global.torch.stack;
import static org.bytedeco.pytorch.global.torch.zeros;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.error.StoppedException;
import io.compot.journal.WorkFolder;
import io.compot.model.Architecture;
import io.compot.model.ChangedLinear;
import io.compot.model.EncoderDecoder;
import io.compot.model.ProbedLinear;
import io.compot.model.SharedInput;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;

/** A decoder and the encoder that it looks at, against one graph of the whole model. */
class StackBackwardTest {

  private static final int SEED = 6;

  private record Samples(SafetensorsFile file, List<String> names, List<Integer> each)
      implements SampleSource {

    @Override
    public Lengths lengths() {
      return new Lengths(each);
    }

    @Override
    public Tensor batch(int from, int to) throws InputException {
      try (var scope = TensorScope.open()) {
        var rows = new TensorVector();
        for (String name : names.subList(from, to)) {
          rows.push_back(file.tensor(name));
        }
        return scope.keep(stack(rows));
      }
    }

    @Override
    public SampleSource halved(int least) {
      return this;
    }

    @Override
    public String identity() {
      return names.toString();
    }
  }

  private static CalibrationSamples samples(SafetensorsFile golden) {
    var heard = new Samples(golden, List.of("wave0.mel", "wave1.mel"), List.of(50, 50));
    var read = new Samples(golden, List.of("seq0.input_ids", "seq1.input_ids"), List.of(13, 29));
    return new CalibrationSamples(Map.of("encoder", heard, "decoder", read));
  }

  private static BackwardPass start(
      Architecture architecture,
      WeightLoader loader,
      CalibrationSamples samples,
      WorkFolder work,
      int wanted,
      StopRequest stop)
      throws Exception {
    var store = new StateStore(work, "pass", 0);
    return BackwardPass.start(architecture, loader, samples, store, wanted, SEED, stop);
  }

  @Test
  void gradientsGoOnThroughTheStackThatIsLookedAt() throws Exception {
    var folder = SharedData.path("golden/public/whisper");
    try (var checkpoint = Checkpoint.open(folder);
        var golden = SafetensorsFile.open(folder.resolve("expected.safetensors"));
        var work = WorkFolder.temporary();
        var _ = TensorScope.open()) {
      Architecture architecture = Architecture.of(checkpoint);
      WeightLoader loader = WeightLoader.of(checkpoint, Dtype.F32);
      Map<String, Tensor> wanted = whole(architecture, loader, golden);
      int compared = 0;
      try (var pass = start(architecture, loader, samples(golden), work, 3, StopRequest.never())) {
        while (pass.next() >= 0) {
          List<SharedInput> inputs = pass.stack().projections(pass.next());
          try (var observed = pass.observe(inputs)) {
            for (var each : observed.outputs().entrySet()) {
              Tensor expected = Objects.requireNonNull(wanted.get(each.getKey()));
              Tensor found = each.getValue().matrix();
              double largest = expected.abs().max().item_double();
              assertThat(found.sub(expected).abs().max().item_double())
                  .as(each.getKey())
                  .isLessThan(2e-3 * largest);
              compared++;
            }
          }
          pass.advance();
        }
        pass.discard();
      }
      assertThat(compared).isEqualTo(2 * 6 + 2 * 10);
    }
  }

  /** The sums of ggᵀ of all projections, by one backward pass through all that a sample makes. */
  private static Map<String, Tensor> whole(
      Architecture architecture, WeightLoader loader, SafetensorsFile golden) throws Exception {
    Map<String, Tensor> sums = new LinkedHashMap<>();
    Map<String, Tensor> probes = new LinkedHashMap<>();
    WeightLoader probing =
        loader.decorated(
            linear -> new ProbedLinear(linear, probe -> probes.put(linear.name(), probe)));
    var random = new SplittableRandom(SEED);
    try (var model = EncoderDecoder.load(architecture, probing)) {
      for (int i = 0; i < 2; i++) {
        Tensor memory = model.encode(golden.tensor("wave" + i + ".mel").unsqueeze(0));
        Tensor tokens = golden.tensor("seq" + i + ".input_ids").unsqueeze(0);
        Tensor logits = model.decoder().logits(tokens, memory, null, tokens.size(1));
        Tensor likelihoods = log_softmax(logits, -1);
        Tensor labels = HeadGradient.sample(likelihoods.detach(), random);
        likelihoods.gather(-1, labels).sum().backward();
        probes.forEach((name, probe) -> {
          if (probe.grad().defined()) {
            Tensor g = probe.grad().to(ScalarType.Double).reshape(-1, probe.size(-1));
            sums.merge(name, g.t().mm(g), Tensor::add);
          }
        });
        probes.values().forEach(Tensor::close);
        probes.clear();
      }
    }
    return sums;
  }

  /**
   * Of one of two samples, by automatic differentiation of a change of the weight, where the other
   * one is fitted to.
   */
  @Test
  void predictsFromWholeGradientsOfSamplesThatNothingIsFittedTo() throws Exception {
    String name = "model.encoder.layers.1.self_attn.q_proj";
    var folder = SharedData.path("golden/public/whisper");
    try (var checkpoint = Checkpoint.open(folder);
        var golden = SafetensorsFile.open(folder.resolve("expected.safetensors"));
        var work = WorkFolder.temporary();
        var _ = TensorScope.open()) {
      Architecture architecture = Architecture.of(checkpoint);
      WeightLoader loader = WeightLoader.of(checkpoint, Dtype.F32);
      Tensor change = randn(30, 30);
      try (var pass = toTheEncoder(architecture, loader, golden, work)) {
        SharedInput input = pass.stack().projections(1).getFirst();
        try (var observed = pass.observe(pass.stack().projections(1))) {
          List<Fold> folds = observed.folds(input, name, 42);
          assertThat(folds).hasSize(2);
          for (int fold = 0; fold < 2; fold++) {
            Tensor gradient = gradient(architecture, loader, golden, name, 1 - fold);
            double slope = gradient.mul(change).sum().item_double();
            assertThat(folds.get(fold).rise().of(change))
                .isCloseTo(slope * slope / 2 / 42 * 2, withinPercentage(0.5));
            assertThat(folds.get(fold).inputs().tokens()).isEqualTo(50);
            assertThat(folds.get(fold).outputs().tokens()).isEqualTo(50);
          }
          Gram whole = Objects.requireNonNull(observed.inputs().get(input));
          Tensor sum = folds.getFirst().inputs().matrix().add(folds.getLast().inputs().matrix());
          assertThat(sum.sub(whole.matrix()).abs().max().item_double()).isLessThan(1e-9);
        }
      }
    }
  }

  /** One sample says nothing of itself: its tokens are taken one by one. */
  @Test
  void oneSampleIsNotHeldOut() throws Exception {
    var folder = SharedData.path("golden/public/whisper");
    try (var checkpoint = Checkpoint.open(folder);
        var golden = SafetensorsFile.open(folder.resolve("expected.safetensors"));
        var work = WorkFolder.temporary();
        var _ = TensorScope.open()) {
      Architecture architecture = Architecture.of(checkpoint);
      WeightLoader loader = WeightLoader.of(checkpoint, Dtype.F32);
      var heard = new Samples(golden, List.of("wave0.mel"), List.of(50));
      var read = new Samples(golden, List.of("seq0.input_ids"), List.of(13));
      var one = new CalibrationSamples(Map.of("encoder", heard, "decoder", read));
      try (var pass = toTheEncoder(architecture, loader, one, work)) {
        SharedInput input = pass.stack().projections(1).getFirst();
        String name = input.first().name();
        try (var observed = pass.observe(pass.stack().projections(1))) {
          Fold only = observed.folds(input, name, 13).getFirst();
          assertThat(observed.folds(input, name, 13)).hasSize(1);
          Tensor change = randn(30, 30).to(ScalarType.Double);
          Tensor metric = only.outputs().matrix().mm(change);
          double sum = metric.mul(change.mm(only.inputs().matrix())).sum().item_double();
          assertThat(only.rise().of(change))
              .isCloseTo(only.rise().coherence() * sum / 2 / 50 / 13, withinPercentage(1e-6));
        }
      }
    }
  }

  private static BackwardPass toTheEncoder(
      Architecture architecture, WeightLoader loader, SafetensorsFile golden, WorkFolder work)
      throws Exception {
    return toTheEncoder(architecture, loader, samples(golden), work);
  }

  private static BackwardPass toTheEncoder(
      Architecture architecture, WeightLoader loader, CalibrationSamples samples, WorkFolder work)
      throws Exception {
    var pass = start(architecture, loader, samples, work, 0, StopRequest.never());
    while (!pass.stack().name().equals("encoder")) {
      pass.observe(List.of()).close();
      pass.advance();
    }
    return pass;
  }

  /** Of a sample's log-likelihood with respect to a weight. */
  private static Tensor gradient(
      Architecture architecture,
      WeightLoader loader,
      SafetensorsFile golden,
      String name,
      int sample)
      throws Exception {
    Tensor change = zeros(30, 30).requires_grad_(true);
    WeightLoader changing =
        loader.decorated(
            linear -> linear.name().equals(name) ? new ChangedLinear(linear, change) : linear);
    var random = new SplittableRandom(SEED);
    try (var model = EncoderDecoder.load(architecture, changing)) {
      for (int i = 0; i < 2; i++) {
        Tensor memory = model.encode(golden.tensor("wave" + i + ".mel").unsqueeze(0));
        Tensor tokens = golden.tensor("seq" + i + ".input_ids").unsqueeze(0);
        Tensor logits = model.decoder().logits(tokens, memory, null, tokens.size(1));
        Tensor likelihoods = log_softmax(logits, -1);
        Tensor labels = HeadGradient.sample(likelihoods.detach(), random);
        if (i == sample) {
          likelihoods.gather(-1, labels).sum().backward();
        }
      }
    }
    return change.grad();
  }

  /** What goes to the output as it is has none; nor do small changes of what attention looks at. */
  @Test
  void onlyLargeChangesOfWhatIsCurvedHaveCurvature() throws Exception {
    var folder = SharedData.path("golden/public/whisper");
    try (var checkpoint = Checkpoint.open(folder);
        var golden = SafetensorsFile.open(folder.resolve("expected.safetensors"));
        var work = WorkFolder.temporary();
        var _ = TensorScope.open()) {
      Architecture architecture = Architecture.of(checkpoint);
      WeightLoader loader = WeightLoader.of(checkpoint, Dtype.F32);
      String block = "model.encoder.layers.1.";
      try (var pass = toTheEncoder(architecture, loader, golden, work)) {
        pass.observe(List.of()).close();
        Tensor square = randn(30, 30);
        Tensor little = square.mul(new Scalar(1e-2));
        Tensor large = square.mul(new Scalar(30));
        assertThat(pass.curvature(block + "fc2", randn(30, 120))).isCloseTo(1, within(1e-3));
        assertThat(pass.curvature(block + "self_attn.q_proj", little)).isCloseTo(1, within(0.1));
        assertThat(pass.curvature(block + "self_attn.q_proj", large)).isLessThan(0.5);
      }
    }
  }

  /** Wherever it was stopped, another process ends with the same matrices. */
  @Test
  void goesOnWhereItWasStopped() throws Exception {
    var folder = SharedData.path("golden/public/whisper");
    try (var checkpoint = Checkpoint.open(folder);
        var golden = SafetensorsFile.open(folder.resolve("expected.safetensors"));
        var _ = TensorScope.open()) {
      Architecture architecture = Architecture.of(checkpoint);
      WeightLoader loader = WeightLoader.of(checkpoint, Dtype.F32);
      double whole = trace(architecture, loader, golden, Integer.MAX_VALUE);
      for (int steps : new int[] {1, 5, 9, 12, 14, 16, 18, 20}) {
        assertThat(trace(architecture, loader, golden, steps)).as("%d", steps).isEqualTo(whole);
      }
    }
  }

  /**
   * Of the matrices of the encoder's first block, where the first process ends after some steps.
   */
  private static double trace(
      Architecture architecture, WeightLoader loader, SafetensorsFile golden, int steps)
      throws Exception {
    try (var work = WorkFolder.temporary()) {
      var left = new AtomicInteger(steps);
      StopRequest stop = () -> left.getAndDecrement() <= 0;
      while (true) {
        try (var pass = start(architecture, loader, samples(golden), work, 0, stop)) {
          while (pass.next() > 0 || !pass.stack().name().equals("encoder")) {
            pass.observe(List.of()).close();
            pass.advance();
          }
          try (var observed = pass.observe(pass.stack().projections(0))) {
            return observed.outputs().values().stream()
                .mapToDouble(gram -> gram.matrix().diagonal().sum().item_double())
                .sum();
          }
        } catch (StoppedException _) {
          left.set(Integer.MAX_VALUE);
        }
      }
    }
  }
}
