package io.compot.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.EditedCheckpoint;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

/** What the golden fixture of the family leaves open: dense blocks, and configs that lie. */
class Qwen3MoeTest {

  private static final JsonMapper JSON = new JsonMapper();
  private static final List<String> NAMES = List.of("gate_proj", "up_proj", "down_proj");

  @TempDir Path folder;

  private static Path fixture() throws Exception {
    return Path.of(Qwen3MoeTest.class.getResource("/golden/qwen3_moe").toURI());
  }

  /** Experts that are all alike, their shares adding up to 1, are one dense layer. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"1 | mlp_only_layers | [1]", "0 | decoder_sparse_step | 2"})
  void denseBlocksAmongTheOthers(int layer, String field, String value) throws Exception {
    String mlp = "model.layers." + layer + ".mlp.";
    try (var _ = TensorScope.open()) {
      var alike = EditedCheckpoint.read(fixture());
      var dense = EditedCheckpoint.read(fixture());
      dense.tensors().keySet().removeIf(name -> name.startsWith(mlp));
      for (String name : NAMES) {
        Tensor weight = alike.tensors().get(mlp + "experts.0." + name + ".weight");
        for (int expert = 1; expert < 4; expert++) {
          alike.tensors().put(mlp + "experts." + expert + "." + name + ".weight", weight);
        }
        dense.tensors().put(mlp + name + ".weight", weight);
      }
      dense.config().set(field, JSON.readTree(value));
      dense.config().put("intermediate_size", 24);
      Golden.assertClose("logits", logits(dense), logits(alike), 1e-4, 0);

      try (var checkpoint = Checkpoint.open(dense.write(folder))) {
        Architecture architecture = Architecture.of(checkpoint);
        assertThat(names(architecture, layer)).hasSize(4 + 3).contains(mlp + "down_proj");
        assertThat(names(architecture, 1 - layer)).hasSize(4 + 4 * 3);
      }
    }
  }

  /** transformers 5 writes num_local_experts, and where both stand there takes that. */
  @Test
  void takesEitherSpellingOfTheNumberOfExperts() throws Exception {
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(fixture());
      Tensor expected = logits(edited);
      edited.config().put("num_local_experts", 4);
      edited.config().put("num_experts", 128);
      assertThat(logits(edited).equal(expected)).isTrue();
      edited.config().remove("num_experts");
      assertThat(logits(edited).equal(expected)).isTrue();
      edited.config().put("num_local_experts", 3);
      refuses(edited, "num_local_experts=3");
    }
  }

  /** Shares of the chosen experts are left as they are unless the config says otherwise. */
  @Test
  void normalisesOnlyWhereTheConfigSaysSo() throws Exception {
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(fixture());
      Tensor normalised = logits(edited);
      edited.config().put("norm_topk_prob", false);
      Tensor plain = logits(edited);
      edited.config().remove("norm_topk_prob");
      assertThat(logits(edited).equal(plain)).isTrue();
      assertThat(plain.sub(normalised).abs().max().item_double()).isGreaterThan(1e-2);
    }
  }

  @Test
  void routerIsNoProjectionToCompress() throws Exception {
    try (var checkpoint = Checkpoint.open(fixture())) {
      Architecture architecture = Architecture.of(checkpoint);
      assertThat(names(architecture, 0))
          .contains("model.layers.0.mlp.experts.3.up_proj")
          .doesNotContain("model.layers.0.mlp.gate");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "num_experts | 0 | num_experts",
        "num_experts | -4 | num_experts",
        "num_experts | 2147483647 | num_experts",
        "num_experts | 5 | num_experts=5",
        "num_experts | 3 | num_experts=3",
        "num_experts | 1 | num_experts_per_tok",
        "num_experts_per_tok | 5 | num_experts_per_tok",
        "num_experts_per_tok | 0 | num_experts_per_tok",
        "num_experts_per_tok | 1.5 | num_experts_per_tok",
        "moe_intermediate_size | 25 | moe_intermediate_size=25",
        "moe_intermediate_size | \"24\" | moe_intermediate_size",
        "norm_topk_prob | \"yes\" | norm_topk_prob",
        "decoder_sparse_step | 0 | decoder_sparse_step",
        "decoder_sparse_step | 2 | model.layers.0.mlp.gate_proj.weight",
        "mlp_only_layers | [2] | mlp_only_layers[0]",
        "mlp_only_layers | [0, -1] | mlp_only_layers[1]",
        "mlp_only_layers | 1 | mlp_only_layers",
        "mlp_only_layers | [1] | model.layers.1.mlp.gate_proj.weight",
      })
  void refusesConfigsThatLie(String field, String value, String mention) throws Exception {
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(fixture());
      edited.config().set(field, JSON.readTree(value));
      refuses(edited, mention);
    }
  }

  @Test
  void refusesAMissingExpert() throws Exception {
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(fixture());
      edited.tensors().remove("model.layers.1.mlp.experts.2.up_proj.weight");
      refuses(edited, "model.layers.1.mlp.experts.2.up_proj.weight");
    }
  }

  /** As the library holds them in memory since its version 5, and as other programs store them. */
  @Test
  void saysThatExpertsAreFused() throws Exception {
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(fixture());
      for (int layer = 0; layer < 2; layer++) {
        String experts = "model.layers." + layer + ".mlp.experts.";
        Tensor one = requireNonNull(edited.tensors().get(experts + "0.down_proj.weight"));
        edited.tensors().keySet().removeIf(name -> name.startsWith(experts));
        edited.tensors().put(experts + "gate_up_proj", one.repeat(4, 2, 1));
        edited.tensors().put(experts + "down_proj", one.repeat(4, 1, 1));
      }
      refuses(edited, "stored fused");
      refuses(edited, "one tensor an expert");
    }
  }

  private void refuses(EditedCheckpoint edited, String mention) throws Exception {
    Path written = edited.write(folder);
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> {
          try (var checkpoint = Checkpoint.open(written)) {
            Architecture.of(checkpoint);
          }
        })
        .withMessageContaining(mention)
        .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain("\n"));
  }

  private Tensor logits(EditedCheckpoint edited) throws Exception {
    try (var scope = TensorScope.open();
        var checkpoint = Checkpoint.open(edited.write(folder));
        var golden = Golden.open(fixture());
        var model =
            CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32))) {
      return scope.keep(model.logits(golden.tokens("seq1")));
    }
  }

  private static List<String> names(Architecture architecture, int layer) {
    return architecture.decoder().projections(layer).stream()
        .flatMap(input -> input.projections().stream())
        .map(Projection::name)
        .toList();
  }
}
