package io.compot.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.EditedCheckpoint;
import io.compot.testing.SharedData;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** The names that OPT checkpoints carry beside the usual ones, against the golden outputs. */
class CheckpointNamesTest {

  @TempDir Path folder;

  /** As the bare decoder is saved. */
  @ParameterizedTest
  @ValueSource(strings = {"opt", "opt_postln_proj"})
  void namesWithoutTheOuterModel(String fixture) throws Exception {
    Path original = SharedData.path("golden/public/" + fixture);
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(original);
      for (String name : List.copyOf(edited.tensors().keySet())) {
        assertThat(name).startsWith("model.decoder.");
        edited.tensors().put(name.substring("model.".length()), edited.tensors().remove(name));
      }
      assertThat(agrees(edited, original)).contains("decoder.layers.1.self_attn.out_proj");
    }
  }

  /** The tied embedding, stored once more under the output projection's name. */
  @Test
  void repeatedOutputProjection() throws Exception {
    Path original = SharedData.path("golden/public/opt");
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(original);
      edited
          .tensors()
          .put("lm_head.weight", edited.tensors().get("model.decoder.embed_tokens.weight"));
      assertThat(agrees(edited, original)).contains("model.decoder.layers.0.fc1");
    }
  }

  /** GPT-2's sizes under the names that most families use, which transformers takes, too. */
  @Test
  void sizesUnderCommonNames() throws Exception {
    Path original = Path.of("src/test/resources/golden/gpt2");
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(original);
      var config = edited.config();
      config.set("hidden_size", config.remove("n_embd"));
      config.set("num_attention_heads", config.remove("n_head"));
      config.set("num_hidden_layers", config.remove("n_layer"));
      // Where both are there, these count.
      config.set("max_position_embeddings", config.get("n_positions"));
      config.put("n_positions", 1);
      var read = Architecture.of(Checkpoint.open(edited.write(folder)));
      var expected = Architecture.of(Checkpoint.open(original));
      assertThat(read.decoder().blocks()).isEqualTo(expected.decoder().blocks());
      assertThat(read.decoder().width()).isEqualTo(expected.decoder().width());
      assertThat(read.contextLength()).isEqualTo(expected.contextLength());
      assertThat(read.projections().toList()).isEqualTo(expected.projections().toList());
    }
  }

  /** Both at once, as old conversions have them. */
  @Test
  void repeatedOutputProjectionWithoutTheOuterModel() throws Exception {
    Path original = SharedData.path("golden/public/opt");
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(original);
      for (String name : List.copyOf(edited.tensors().keySet())) {
        edited.tensors().put(name.substring("model.".length()), edited.tensors().remove(name));
      }
      edited.tensors().put("lm_head.weight", edited.tensors().get("decoder.embed_tokens.weight"));
      assertThat(agrees(edited, original)).contains("decoder.layers.0.fc1");
    }
  }

  /** As the first checkpoints are: of the bare model, with the masks of its attention. */
  @Test
  void gpt2WithoutTheOuterModelAndWithMasks() throws Exception {
    Path original = SharedData.path("golden/public/gpt2");
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(original);
      for (String name : List.copyOf(edited.tensors().keySet())) {
        assertThat(name).startsWith("transformer.");
        edited
            .tensors()
            .put(name.substring("transformer.".length()), edited.tensors().remove(name));
      }
      Tensor mask = torch.ones(1, 1, 64, 64).tril();
      for (int layer = 0; layer < 2; layer++) {
        edited.tensors().put("h." + layer + ".attn.bias", mask);
        edited.tensors().put("h." + layer + ".attn.masked_bias", Tensor.create(-1e4f));
      }
      assertThat(agrees(edited, original)).contains("h.1.attn.c_attn", "h.0.mlp.c_proj");
    }
  }

  /** A weight as another family stores it. */
  @Test
  void gpt2StoredTransposed() throws Exception {
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(SharedData.path("golden/public/gpt2"));
      String name = "transformer.h.1.attn.c_attn.weight";
      edited.tensors().put(name, requireNonNull(edited.tensors().get(name)).t().contiguous());
      try (var checkpoint = Checkpoint.open(edited.write(folder))) {
        assertThatThrownBy(() -> Architecture.of(checkpoint))
            .isInstanceOf(InputException.class)
            .hasMessageContaining(name)
            .hasMessageContaining("[out, in] instead of [in, out]");
      }
    }
  }

  /** Gives the names of all projections, having found nothing to warn of. */
  private List<String> agrees(EditedCheckpoint edited, Path original) throws Exception {
    var events = new ListAppender<ILoggingEvent>();
    events.start();
    var logger = (Logger) LoggerFactory.getLogger(ExpectedTensors.class);
    logger.addAppender(events);
    List<String> names = new ArrayList<>();
    try (var checkpoint = Checkpoint.open(edited.write(folder));
        var golden = Golden.open(original)) {
      Architecture architecture = Architecture.of(checkpoint);
      try (var model = CausalModel.load(architecture, WeightLoader.of(checkpoint, Dtype.F32))) {
        for (String sequence : golden.sequences()) {
          golden.assertTrace(sequence, model.trace(golden.tokens(sequence)));
        }
      }
      for (int layer = 0; layer < architecture.decoder().blocks(); layer++) {
        for (SharedInput input : architecture.decoder().projections(layer)) {
          input.projections().forEach(projection -> names.add(projection.name()));
        }
      }
    } finally {
      logger.detachAppender(events);
    }
    assertThat(events.list).isEmpty();
    return names;
  }
}
