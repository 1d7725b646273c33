package io.compot.pipeline.pass;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.Compression;
import io.compot.allocation.option.ProfileFact;
import io.compot.calibration.StateStore;
import io.compot.checkpoint.Checkpoint;
import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.LowRankForm;
import io.compot.method.CompressionMethod;
import io.compot.method.Factorisation;
import io.compot.method.LayerProblem;
import io.compot.method.Need;
import io.compot.method.lowrank.TruncatedSvdMethod;
import io.compot.model.Architecture;
import io.compot.plan.ConsideredProjection;
import io.compot.plan.Selection;
import io.compot.progress.ProgressListener;
import io.compot.progress.Run;
import io.compot.setting.Schema;
import io.compot.tensor.Dtype;
import io.compot.testing.SharedData;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfilerTest {

  @TempDir Path folder;

  /** Fails at one layer as libtorch does, in words that name none. */
  private record Failing(String layer, String message) implements CompressionMethod {
    @Override
    public Schema<Failing> schema() {
      return new Schema<>("failing", "fails", this, List.of());
    }

    @Override
    public Set<Need> needs() {
      return Set.of();
    }

    @Override
    public Optional<Form> size(long in, long out, Dtype dtype, double ratio) {
      return Optional.of(LowRankForm.plain(1, dtype));
    }

    @Override
    public Factorisation factorise(LayerProblem problem, Form size) throws FailureException {
      if (problem.name().equals(layer)) {
        throw new RuntimeException(message + "\nException raised from somewhere");
      }
      return new TruncatedSvdMethod().factorise(problem, size);
    }
  }

  @Test
  void namesTheLayerAtWhichLibtorchGivesUp() throws Exception {
    String layer = "model.layers.1.mlp.up_proj";
    refuses(layer, "linalg.eigh: failed to converge", "leave it dense with --exclude " + layer);
    refuses(
        layer,
        "DefaultCPUAllocator: can't allocate memory",
        "free memory or use a machine with more");
  }

  private void refuses(String layer, String message, String advice) throws Exception {
    try (Checkpoint checkpoint = Checkpoint.open(SharedData.path("golden/public/llama"))) {
      Architecture architecture = Architecture.of(checkpoint);
      var needs = Set.of(ProfileFact.WEIGHT_ERROR);
      var profiler =
          new Profiler(architecture, checkpoint, needs, 1, new ProfileCache(), null, null);
      var settings = Compression.of(checkpoint.folder()).settings();
      var method = new Failing(layer, message);
      List<ConsideredProjection> candidates =
          Selection.of(architecture, checkpoint, settings, true).chosen().stream()
              .map(each -> each.by(method))
              .toList();
      assertThatThrownBy(() ->
              profiler.profiles(
                  candidates,
                  null,
                  Dtype.F32,
                  StateStore.temporary(folder, 0),
                  Run.of(ProgressListener.none())))
          .isInstanceOf(FailureException.class)
          .hasMessage("%s: cannot be profiled: %s; %s".formatted(layer, message, advice));
    }
  }
}
