package io.compot.pipeline.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.TokenWindows;
import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.edit.Edit;
import io.compot.error.InputException;
import io.compot.journal.WorkFolder;
import io.compot.method.structured.LlmPrunerMethod;
import io.compot.method.structured.ReplaceMeMethod;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.WeightLoader;
import io.compot.plan.Plan;
import io.compot.progress.ProgressListener;
import io.compot.progress.Run;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is taken out of a model of each family leaves one that runs, of the size asked for. */
class FamilyPruningTest {

  private static final Run RUN = Run.of(ProgressListener.none());

  private static Path folder(String place, String family) {
    return place.equals("public")
        ? SharedData.path("golden/public/" + family)
        : Path.of("src", "test", "resources", "golden", family);
  }

  private static PruningJob job(ModelSource model, double ratio) throws Exception {
    Architecture architecture = Architecture.of(model);
    List<long[]> windows = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      long[] tokens = new long[12];
      for (int j = 0; j < tokens.length; j++) {
        tokens[j] =
            (5 + 7L * i + 11L * j + 3L * j * j) % Math.min(60, architecture.vocabularySize());
      }
      windows.add(tokens);
    }
    return new PruningJob(
        new PruningShape(architecture, model, ratio),
        CalibrationSamples.of(architecture, new TokenWindows(windows)),
        Dtype.F32);
  }

  @ParameterizedTest
  @CsvSource({
    "public, llama, local", "public, llama, global", "public, opt, local", "public, gpt2, global",
    "public, qwen3, local", "public, gemma2, local", "ours, olmo2, global", "ours, granite, local",
    "ours, phi3, local", "ours, smollm3, global"
  })
  void headsAndChannelsOfEveryFamily(String place, String family, String compared)
      throws Exception {
    LlmPrunerMethod method =
        LlmPrunerMethod.SCHEMA.of(
            Map.of(
                "blocks",
                "all",
                "compared",
                compared,
                "taylor",
                "mixed",
                "refit",
                "least-squares"));
    Path from = folder(place, family);
    try (var _ = TensorScope.open();
        ModelSource model = Checkpoint.open(from);
        WorkFolder work = WorkFolder.temporary()) {
      PruningJob job = job(model, 0.25);
      ChannelRemoval.check(method, job.shape());
      Taken taken = new ChannelRemoval(method, job, work, RUN).take();
      try (ModelSource smaller = Edit.all(taken.edits(), Checkpoint.open(from))) {
        Plan plan = PrunedPlan.of(method, "uniform", job, taken, smaller);
        assertThat(plan.compressed().removed()).isBetween(0.25, 0.5);
        assertThat(plan.model().after()).isEqualTo(PrunedPlan.bits(smaller));
        assertThat(logits(smaller).isfinite().all().item_bool()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "public, llama",
    "public, opt",
    "public, gpt2",
    "public, qwen3",
    "ours, granite",
    "ours, phi3",
    "ours, smollm3"
  })
  void blocksOfEveryFamilyThatEndsInASum(String place, String family) throws Exception {
    Path from = folder(place, family);
    try (var _ = TensorScope.open();
        ModelSource model = Checkpoint.open(from);
        WorkFolder work = WorkFolder.temporary()) {
      int blocks = Architecture.of(model).decoder().blocks();
      PruningJob job = job(model, 1.0 / blocks);
      var method = ReplaceMeMethod.SCHEMA.standard();
      BlockRemoval.check(method, job.shape());
      Taken taken = new BlockRemoval(method, job, work, RUN).take();
      try (ModelSource smaller = Edit.all(taken.edits(), Checkpoint.open(from))) {
        assertThat(Architecture.of(smaller).decoder().blocks()).isEqualTo(blocks - 1);
        Plan plan = PrunedPlan.of(method, "uniform", job, taken, smaller);
        assertThat(plan.model().after()).isEqualTo(PrunedPlan.bits(smaller));
        assertThat(logits(smaller).isfinite().all().item_bool()).isTrue();
      }
    }
  }

  /** A norm behind the feed-forward layer, or experts, take no map. */
  @ParameterizedTest
  @CsvSource({"public, gemma2", "ours, olmo2", "ours, mixtral"})
  void otherFamiliesAreRefused(String place, String family) throws Exception {
    try (ModelSource model = Checkpoint.open(folder(place, family))) {
      PruningJob job = job(model, 0.3);
      assertThat(
              catchThrowable(
                  () -> BlockRemoval.check(ReplaceMeMethod.SCHEMA.standard(), job.shape())))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("does not end in the sum of a dense feed-forward layer");
    }
  }

  /** The same can do without. */
  @ParameterizedTest
  @CsvSource({
    "public, gemma2, influence",
    "ours, olmo2, loss",
    "ours, mixtral, influence",
    "ours, mixtral, loss"
  })
  void otherFamiliesLoseBlocksAlone(String place, String family, String choice) throws Exception {
    Path from = folder(place, family);
    try (var _ = TensorScope.open();
        ModelSource model = Checkpoint.open(from);
        WorkFolder work = WorkFolder.temporary()) {
      int blocks = Architecture.of(model).decoder().blocks();
      PruningJob job = job(model, 1.0 / blocks);
      var method = ReplaceMeMethod.SCHEMA.of(Map.of("choice", choice, "map", "none"));
      BlockRemoval.check(method, job.shape());
      Taken taken = new BlockRemoval(method, job, work, RUN).take();
      try (ModelSource smaller = Edit.all(taken.edits(), Checkpoint.open(from))) {
        assertThat(Architecture.of(smaller).decoder().blocks()).isEqualTo(blocks - 1);
        assertThat(logits(smaller).isfinite().all().item_bool()).isTrue();
      }
    }
  }

  private static Tensor logits(ModelSource source) throws Exception {
    try (var scope = TensorScope.open();
        CausalModel model =
            CausalModel.load(Architecture.of(source), WeightLoader.of(source, Dtype.F32))) {
      Tensor tokens = new TokenWindows(List.of(new long[] {5, 9, 17, 33, 2, 41})).batch(0, 1);
      return scope.keep(model.logits(tokens).clone());
    }
  }
}
