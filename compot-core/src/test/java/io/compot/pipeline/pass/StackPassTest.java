package io.compot.pipeline.pass;

import static org.assertj.core.api.Assertions.assertThat;
import static org.bytedeco.pytorch.global.torch.stack;

import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.GramStore;
import io.compot.calibration.Lengths;
import io.compot.calibration.SampleSource;
import io.compot.calibration.StateStore;
import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.journal.WorkFolder;
import io.compot.model.Architecture;
import io.compot.model.SharedInput;
import io.compot.progress.ProgressListener;
import io.compot.progress.Run;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gram matrices of a model of two stacks, on texts of two lengths, against the reference's. */
class StackPassTest {

  /** Samples of a golden file. */
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

  @ParameterizedTest
  @ValueSource(strings = {"all", "decoder", "encoder"})
  void gramsAreTheReferences(String wanted) throws Exception {
    Path folder = SharedData.path("golden/public/whisper");
    try (var checkpoint = Checkpoint.open(folder);
        var golden = SafetensorsFile.open(folder.resolve("expected.safetensors"));
        var work = WorkFolder.temporary();
        var _ = TensorScope.open()) {
      Architecture architecture = Architecture.of(checkpoint);
      var samples =
          new CalibrationSamples(
              Map.of(
                  "encoder",
                  new Samples(golden, List.of("wave0.mel", "wave1.mel"), List.of(50, 50)),
                  "decoder",
                  new Samples(
                      golden, List.of("seq0.input_ids", "seq1.input_ids"), List.of(13, 29))));
      Set<String> names =
          architecture
              .projections()
              .map(input -> input.first().name())
              .filter(name -> wanted.equals("all") || name.startsWith("model." + wanted))
              .collect(Collectors.toSet());
      var pass = new BlockPass(architecture, checkpoint, names, null);
      var store = new GramStore(work);
      var run = Run.of(ProgressListener.none());
      try (var stage = run.stage("calibrate", pass.units(samples))) {
        pass.fill(store, samples, Dtype.F32, new StateStore(work, "calibrate", 0), stage);
      }
      int compared = 0;
      for (SharedInput input : architecture.projections().toList()) {
        String name = input.first().name();
        if (names.contains(name) && golden.has("gram." + name)) {
          try (var gram = store.get(input)) {
            Tensor expected = golden.tensor("gram." + name);
            double worst = gram.matrix().sub(expected).abs().max().item_double();
            assertThat(worst).as(name).isLessThan(1e-4 * expected.abs().max().item_double());
            compared++;
          }
        }
      }
      assertThat(compared).isEqualTo(wanted.equals("all") ? 4 : 2);
    }
  }
}
