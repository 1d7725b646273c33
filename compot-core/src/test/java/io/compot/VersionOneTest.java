package io.compot;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.checkpoint.Checkpoint;
import io.compot.form.LowRankForm;
import io.compot.form.SparseForm;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint that was written before forms had names is still what it was. */
class VersionOneTest {

  private static final List<Integer> TOKENS = List.of(1, 17, 4, 30, 9, 9, 2, 25);

  @TempDir Path folder;

  private static Path kept() throws Exception {
    return Path.of(VersionOneTest.class.getResource("/packed/version-1").toURI());
  }

  @Test
  void computesWhatTheProgramThatWroteItDid() throws Exception {
    Path written = folder.resolve("pass.safetensors");
    try (Model model = Model.load(kept(), Computation.named("f32"));
        Forward forward = model.forward(TOKENS)) {
      forward.write(written, false);
    }
    try (var _ = TensorScope.open();
        var found = SafetensorsFile.open(written);
        var expected = SafetensorsFile.open(kept().resolve("pass.safetensors"))) {
      assertThat(found.names()).isEqualTo(expected.names()).contains("logits", "hidden.2");
      for (String name : expected.names()) {
        var difference = found.tensor(name).sub(expected.tensor(name)).abs().amax();
        assertThat(difference.item_double()).as(name).isLessThan(1e-5);
      }
    }
  }

  @Test
  void itsFormsHaveNamesNow() throws Exception {
    try (Checkpoint checkpoint = Checkpoint.open(kept())) {
      assertThat(checkpoint.compression().orElseThrow().version()).isEqualTo(1);
      assertThat(checkpoint.packed())
          .hasSize(14)
          .containsEntry("model.layers.0.self_attn.q_proj", SparseForm.plain(9, 4, Dtype.F16))
          .containsEntry("model.layers.1.mlp.down_proj", LowRankForm.plain(7, Dtype.F16));
    }
    ModelSummary summary = ModelSummary.of(kept());
    assertThat(Objects.requireNonNull(summary.compression()).version()).isEqualTo(1);
    assertThat(summary.projections().getFirst().size()).isEqualTo("k 9, s 4");
  }

  @Test
  void itsDenseExportComputesTheSame() throws Exception {
    Path dense = folder.resolve("dense");
    Export.dense(kept(), dense, false, _ -> {});
    try (var _ = TensorScope.open();
        Checkpoint checkpoint = Checkpoint.open(dense)) {
      assertThat(checkpoint.compression()).isEmpty();
      assertThat(checkpoint.names()).noneMatch(name -> name.endsWith(".mask"));
      var weight = checkpoint.tensor("model.layers.0.mlp.down_proj.weight");
      assertThat(Dtype.of(weight)).isEqualTo(Dtype.F16);
      assertThat(NativeMemory.bytes(weight).byteSize()).isEqualTo(16 * 24 * 2);
    }
  }
}
