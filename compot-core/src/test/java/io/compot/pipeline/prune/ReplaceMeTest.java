package io.compot.pipeline.prune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.ForwardStates;
import io.compot.calibration.StateStore;
import io.compot.calibration.TokenWindows;
import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.edit.Replaced;
import io.compot.method.structured.Gap;
import io.compot.method.structured.ReplaceMeMethod.Distance;
import io.compot.method.structured.ReplaceMeMethod.Objective;
import io.compot.model.Architecture;
import io.compot.model.Block;
import io.compot.model.Linear;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.Matrices;
import io.compot.testing.PublishedFormulas;
import io.compot.testing.SharedData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Against what the published formulas give with torch and transformers, and in all families. */
class ReplaceMeTest {

  private static final Path MODEL = Path.of("..", "demo", "model");

  @TempDir private Path folder;

  /** The tokens of {@code make_fixtures.py}. */
  static TokenWindows windows() {
    List<long[]> windows = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      long[] tokens = new long[64];
      for (int j = 0; j < tokens.length; j++) {
        tokens[j] = (i * 37L + 11L * j * j + 3L * i * j) % 1024;
      }
      windows.add(tokens);
    }
    return new TokenWindows(windows);
  }

  static PruningJob job(ModelSource model) throws Exception {
    Architecture architecture = Architecture.of(model);
    return new PruningJob(
        new PruningShape(architecture, model, 0.25),
        CalibrationSamples.of(architecture, windows()),
        Dtype.F32);
  }

  @Test
  void distancesMapAndLossAreThoseOfThePublishedFormulas() throws Exception {
    JsonNode expected = PublishedFormulas.of("replaceme");
    var stop = StopRequest.never();
    try (var _ = TensorScope.open();
        ModelSource model = Checkpoint.open(MODEL)) {
      PruningJob job = job(model);
      var store = StateStore.temporary(folder.resolve("states"), 1 << 30);
      try (var states = new ForwardStates(job.feed(), job.loader(), store)) {
        states.run(stop);
        for (Distance distance : Distance.values()) {
          JsonNode all = expected.path(distance.name().toLowerCase(Locale.ROOT));
          assertThat(all.size()).isEqualTo(6);
          for (var each : all.properties()) {
            String[] ends = each.getKey().split("-", -1);
            int before = Integer.parseInt(ends[0]);
            int behind = Integer.parseInt(ends[1]);
            assertThat(GapDistances.of(distance, states, before, behind, stop))
                .as("%s %s", distance, each.getKey())
                .isCloseTo(each.getValue().asDouble(), within(2e-5));
          }
        }
        var gap = new Gap(2, 1);
        var maps = new GapMaps(job, states, stop);
        Tensor map = maps.fit(gap, Objective.LEAST_SQUARES, 1e-4);
        Path file = folder.resolve("map.safetensors");
        assertThat(maps.fold(gap, map, file))
            .containsExactly("model.layers.1.mlp.down_proj.weight");
        try (var stored = SafetensorsFile.open(file)) {
          Tensor folded = stored.tensor("model.layers.1.mlp.down_proj.weight");
          for (int i = 0; i < 16; i++) {
            double found = folded.select(0, i * 13 % 128).select(0, i * 29 % 352).item_double();
            assertThat(found).isCloseTo(expected.path("folded").get(i).asDouble(), within(2e-4));
          }
        }
        assertThat(new GapTrial(job, states, stop).divergence(Map.of(gap, map)))
            .isCloseTo(expected.path("kl").asDouble(), within(1e-3));
        for (int block = 0; block < 4; block++) {
          assertThat(GapDistances.influence(states, block, stop))
              .isCloseTo(expected.path("influence").get(block).asDouble(), within(2e-5));
        }
      }
    }
  }

  /** As near in angle as torch's own optimiser comes after hundreds of rounds, or nearly so. */
  @Test
  void theCosineMapComesAsNearAsTorchDoes() throws Exception {
    JsonNode expected = PublishedFormulas.of("replaceme").path("angles");
    double before = expected.path("least-squares").asDouble();
    double least = expected.path("cosine").asDouble();
    var stop = StopRequest.never();
    var gap = new Gap(2, 1);
    try (var _ = TensorScope.open();
        ModelSource model = Checkpoint.open(MODEL)) {
      PruningJob job = job(model);
      var store = StateStore.temporary(folder.resolve("states"), 1 << 30);
      try (var states = new ForwardStates(job.feed(), job.loader(), store)) {
        states.run(stop);
        var maps = new GapMaps(job, states, stop);
        assertThat(distance(job, states, maps.fit(gap, Objective.NONE, 1e-4)))
            .isCloseTo(expected.path("identity").asDouble(), within(2e-5));
        assertThat(distance(job, states, maps.fit(gap, Objective.LEAST_SQUARES, 1e-4)))
            .isCloseTo(before, within(2e-5));
        assertThat(distance(job, states, maps.fit(gap, Objective.COSINE, 1e-4)))
            .isBetween(least - 2e-5, least + 0.05 * (before - least));
      }
    }
  }

  /** Mean of 1 − cos of the states behind block 2 and those that block 1 gives with a map. */
  private static double distance(PruningJob job, ForwardStates states, Tensor map)
      throws Exception {
    String closing = job.stack().closing(1).orElseThrow().projection().name();
    UnaryOperator<Linear> mapped =
        linear -> linear.name().equals(closing) ? new MappedOutput(linear, map) : linear;
    try (Block block = job.stack().block(1, job.loader().decorated(mapped))) {
      double[][] is = Matrices.rows(block.forward(states.before(1).batch(0, 8)).reshape(-1, 128));
      double[][] wanted = Matrices.rows(states.before(3).batch(0, 8).reshape(-1, 128));
      double sum = 0;
      for (int row = 0; row < is.length; row++) {
        double product = 0;
        double ours = 0;
        double theirs = 0;
        for (int i = 0; i < is[row].length; i++) {
          product += is[row][i] * wanted[row][i];
          ours += is[row][i] * is[row][i];
          theirs += wanted[row][i] * wanted[row][i];
        }
        sum += 1 - product / Math.sqrt(ours * theirs);
      }
      return sum / is.length;
    }
  }

  /** Folded into weight and bias, in either layout, a map does what it does behind the output. */
  @ParameterizedTest
  @ValueSource(strings = {"llama", "opt", "gpt2", "qwen3"})
  void foldedIsMapped(String family) throws Exception {
    folded(SharedData.path("golden/public/" + family));
  }

  @ParameterizedTest
  @ValueSource(strings = {"granite", "phi3"})
  void foldedIsMappedInOurFixtures(String family) throws Exception {
    folded(Path.of("src", "test", "resources", "golden", family));
  }

  private void folded(Path from) throws Exception {
    try (var _ = TensorScope.open();
        ModelSource model = Checkpoint.open(from)) {
      Architecture architecture = Architecture.of(model);
      var job =
          new PruningJob(
              new PruningShape(architecture, model, 0.5),
              CalibrationSamples.of(architecture, windows()),
              Dtype.F32);
      long width = job.stack().width();
      var gap = new Gap(1, 1);
      Tensor map = Matrices.gaussian(width, width, 3).to(ScalarType.Double);
      Tensor hidden = Matrices.gaussian(6, width, 4).to(ScalarType.Float).unsqueeze(0);
      String closing = job.stack().closing(0).orElseThrow().projection().name();
      Tensor behind =
          output(
              job,
              job.loader()
                  .decorated(linear ->
                      linear.name().equals(closing) ? new MappedOutput(linear, map) : linear),
              hidden);
      Path file = folder.resolve("map.safetensors");
      Map<String, Path> tensors = new HashMap<>();
      // Folding looks at the weights alone.
      var store = StateStore.temporary(folder.resolve("states"), 1 << 30);
      try (var states = new ForwardStates(job.feed(), job.loader(), store)) {
        new GapMaps(job, states, StopRequest.never())
            .fold(gap, map, file)
            .forEach(name -> tensors.put(name, file));
      }
      try (ModelSource edited = new Replaced(tensors).on(Checkpoint.open(from))) {
        Tensor inside = output(job, WeightLoader.of(edited, Dtype.F32), hidden);
        double largest = behind.abs().amax().item_double();
        boolean wide = model.info(closing + ".weight").dtype() == Dtype.F32;
        assertThat(inside.sub(behind).abs().amax().item_double())
            .isLessThan((wide ? 1e-4 : 1e-2) * largest);
        assertThat(inside.equal(output(job, job.loader(), hidden))).isFalse();
      }
    }
  }

  private static Tensor output(PruningJob job, WeightLoader loader, Tensor hidden)
      throws Exception {
    try (Block block = job.stack().block(0, loader)) {
      return block.forward(hidden);
    }
  }

  /** What the block in front adds is seen as it comes, before the residual stream is added. */
  @Test
  void theOutputIsSeenBeforeTheSum() throws Exception {
    try (var _ = TensorScope.open();
        ModelSource model = Checkpoint.open(MODEL)) {
      PruningJob job = job(model);
      String closing = job.stack().closing(1).orElseThrow().projection().name();
      List<Tensor> seen = new ArrayList<>();
      UnaryOperator<Linear> watching =
          linear -> linear.name().equals(closing) ? new ClosingOutput(linear, seen::add) : linear;
      UnaryOperator<Linear> silent =
          linear ->
              linear.name().equals(closing)
                  ? new MappedOutput(linear, Matrices.gaussian(128, 128, 1).zero_())
                  : linear;
      Tensor hidden = Matrices.gaussian(5, 128, 4).to(ScalarType.Float).unsqueeze(0);
      try (Block watched = job.stack().block(1, job.loader().decorated(watching));
          Block without = job.stack().block(1, job.loader().decorated(silent))) {
        Tensor sum = watched.forward(hidden);
        Tensor stream = without.forward(hidden);
        try (Tensor made = seen.getFirst()) {
          assertThat(sum.sub(stream).sub(made).abs().amax().item_double()).isLessThan(1e-5);
        }
      }
    }
  }
}
