package io.compot.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.FailureException;
import io.compot.model.Architecture;
import io.compot.model.ObservedLinear;
import io.compot.model.SharedInput;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.EditedCheckpoint;
import io.compot.testing.SharedData;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CalibrationTest {

  @TempDir Path folder;

  /** Against Gram matrices that other people's code computed for some projections. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama",
        "llama_bf16_sharded",
        "mistral_sliding",
        "qwen2",
        "qwen3",
        "opt",
        "opt_postln_proj",
        "gpt2",
        "gemma2",
        "gemma3_text"
      })
  void agreesWithGoldenGramMatrices(String fixture) throws Exception {
    Path fixtureFolder = SharedData.path("golden/public/" + fixture);
    try (var _ = TensorScope.open();
        Checkpoint checkpoint = Checkpoint.open(fixtureFolder);
        SafetensorsFile expected =
            SafetensorsFile.open(fixtureFolder.resolve("expected.safetensors"))) {
      Architecture architecture = Architecture.of(checkpoint);
      var sums = new HashMap<String, Tensor>();
      for (String name : expected.names()) {
        if (name.endsWith(".input_ids")) {
          long[] ids = expected.bytes(name).toArray(ValueLayout.JAVA_LONG_UNALIGNED);
          add(sums, architecture, checkpoint, new TokenWindows(List.of(ids)), 1 << 20);
        }
      }
      List<String> golden =
          expected.names().stream().filter(name -> name.startsWith("gram.")).toList();
      assertThat(golden).isNotEmpty();
      for (String name : golden) {
        Tensor right = expected.tensor(name);
        Tensor left = Objects.requireNonNull(sums.get(name.substring("gram.".length())), name);
        double error = left.sub(right).abs().max().item_double();
        assertThat(error).as(name).isLessThan(1e-4 * right.abs().max().item_double());
      }
    }
  }

  /** Hidden states in a file and batches of several windows change nothing. */
  @Test
  void statesOnDiskGiveTheSameMatrices() throws Exception {
    Path model = SharedData.path("golden/public/qwen2");
    var windows = new ArrayList<long[]>();
    for (int i = 0; i < 100; i++) {
      windows.add(LongStream.range(i, i + 64).map(id -> id % 101).toArray());
    }
    try (var _ = TensorScope.open();
        Checkpoint checkpoint = Checkpoint.open(model)) {
      Architecture architecture = Architecture.of(checkpoint);
      var inMemory = new HashMap<String, Tensor>();
      var onDisk = new HashMap<String, Tensor>();
      add(inMemory, architecture, checkpoint, new TokenWindows(windows), 1 << 30);
      add(onDisk, architecture, checkpoint, new TokenWindows(windows), 0);
      assertThat(onDisk.keySet()).isEqualTo(inMemory.keySet());
      onDisk.forEach((name, gram) ->
          assertThat(gram.equal(Objects.requireNonNull(inMemory.get(name)))).isTrue());
      assertThat(folder.resolve("states")).isEmptyDirectory();
    }
  }

  @Test
  void namesTheLayerWhoseInputIsNoNumber() throws Exception {
    Path model = SharedData.path("golden/public/llama");
    try (var _ = TensorScope.open();
        Checkpoint checkpoint = Checkpoint.open(model)) {
      Architecture architecture = Architecture.of(checkpoint);
      WeightLoader spoiling =
          WeightLoader.of(checkpoint, Dtype.F32)
              .decorated(linear ->
                  linear.name().equals("model.layers.0.mlp.up_proj")
                      ? new ObservedLinear(linear, x -> x.fill_(new Scalar(Double.NaN)))
                      : linear);
      var windows = new TokenWindows(List.of(new long[] {1, 2, 3}));
      try (var calibration =
          Calibration.start(
              new StackFeed(architecture.decoder(), windows),
              spoiling,
              StateStore.temporary(folder, 1 << 20),
              0)) {
        assertThatThrownBy(
                () -> calibration.observe(architecture.decoder().projections(0), _ -> {}))
            .isInstanceOf(FailureException.class)
            .hasMessageContaining("NaN");
      }
    }
  }

  /** Norms square in single precision: a hidden state of 1e20 would turn into zeros in silence. */
  @Test
  void refusesHiddenStatesThatNormsCannotSquare() throws Exception {
    var model = EditedCheckpoint.read(SharedData.path("golden/public/llama"));
    Objects.requireNonNull(model.tensors().get("model.embed_tokens.weight")).mul_(new Scalar(1e22));
    try (var _ = TensorScope.open();
        Checkpoint checkpoint = Checkpoint.open(model.write(folder))) {
      Architecture architecture = Architecture.of(checkpoint);
      var windows = new TokenWindows(List.of(new long[] {1, 2, 3}));
      var loader = WeightLoader.of(checkpoint, Dtype.F32);
      var states = StateStore.temporary(folder, 1 << 20);
      int last = architecture.decoder().blocks() - 1;
      for (ThrowingCallable start :
          List.<ThrowingCallable>of(
              () ->
                  Calibration.start(
                      new StackFeed(architecture.decoder(), windows), loader, states, 0),
              () ->
                  PrefixCalibration.start(
                      new StackFeed(architecture.decoder(), windows),
                      new StackFeed(architecture.decoder(), windows),
                      loader,
                      states,
                      0,
                      StopRequest.never()),
              () ->
                  BackwardPass.start(
                      architecture,
                      loader,
                      CalibrationSamples.of(architecture, windows),
                      states,
                      last,
                      1,
                      StopRequest.never()))) {
        assertThatThrownBy(start)
            .isInstanceOf(FailureException.class)
            .hasMessageContaining("embedding: its output reaches")
            .hasMessageContaining("norms");
      }
    }
  }

  private void add(
      Map<String, Tensor> sums,
      Architecture architecture,
      Checkpoint checkpoint,
      TokenWindows windows,
      long memory)
      throws Exception {
    var loader = WeightLoader.of(checkpoint, Dtype.F32);
    try (var calibration =
        Calibration.start(
            new StackFeed(architecture.decoder(), windows),
            loader,
            StateStore.temporary(folder, memory),
            0)) {
      for (int layer = 0; layer < architecture.decoder().blocks(); layer++) {
        Map<SharedInput, Gram> grams =
            calibration.observe(architecture.decoder().projections(layer), _ -> {});
        calibration.advance();
        assertThat(folder.resolve("states").toFile().list())
            .satisfiesAnyOf(
                none -> assertThat(none).isNull(), one -> assertThat(one).hasSizeLessThan(2));
        grams.forEach((input, gram) -> {
          Tensor matrix = gram.matrix().clone();
          input.projections().forEach(p -> sums.merge(p.name(), matrix, Tensor::add));
          gram.close();
        });
      }
      calibration.discard();
    }
  }
}
