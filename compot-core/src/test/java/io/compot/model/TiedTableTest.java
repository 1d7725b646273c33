package io.compot.model;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.compot.Compression;
import io.compot.Export;
import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.progress.ProgressListener;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.EditedCheckpoint;
import io.compot.testing.SharedData;
import java.nio.file.Path;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

/**
 * The flag that ties embedding and head against what is stored. What must come out is computed by
 * the same model with the flag off and both tensors given.
 */
class TiedTableTest {

  private static final String HEAD = "lm_head.weight";
  private static final long[] TOKENS = {1, 5, 3, 9, 7};

  @TempDir Path folder;

  @Test
  void everyFlagWithEveryStoredTensor() throws Exception {
    everyFlag(resource("qwen3"), "model.embed_tokens.weight");
    everyFlag(resource("qwen3_moe"), "model.embed_tokens.weight");
    everyFlag(resource("mistral_sliding"), "model.embed_tokens.weight");
  }

  @Test
  void ofOptToo() throws Exception {
    everyFlag(SharedData.path("golden/public/opt"), "model.decoder.embed_tokens.weight");
    everyFlag(
        SharedData.path("golden/public/opt_postln_proj"), "model.decoder.embed_tokens.weight");
  }

  private void everyFlag(Path fixture, String table) throws Exception {
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(fixture);
      Tensor own = requireNonNull(edited.tensors().get(table));
      Tensor other = own.neg();
      Tensor apart = expected(edited, table, own, other);
      Tensor tied = expected(edited, table, own, own);
      Tensor fromHead = expected(edited, table, other, other);

      edited.config().put("tie_word_embeddings", true);
      edited.tensors().put(table, own);
      edited.tensors().put(HEAD, other);
      assertThat(logits(edited).equal(apart)).isTrue();
      assertThat(told(edited)).anyMatch(line -> line.contains(HEAD) && line.contains("other"));

      edited.tensors().put(HEAD, own);
      assertThat(logits(edited).equal(tied)).isTrue();
      assertThat(told(edited)).isEmpty();
      edited.tensors().remove(HEAD);
      assertThat(logits(edited).equal(tied)).isTrue();
      assertThat(told(edited)).isEmpty();

      edited.tensors().remove(table);
      edited.tensors().put(HEAD, other);
      assertThat(logits(edited).equal(fromHead)).isTrue();

      edited.config().put("tie_word_embeddings", false);
      refuses(edited, table, "missing");
      edited.tensors().put(table, own);
      edited.tensors().remove(HEAD);
      refuses(edited, HEAD, "tie_word_embeddings");
      edited.config().put("tie_word_embeddings", true);
      edited.tensors().remove(table);
      refuses(edited, table, "missing");
    }
  }

  /** What is compressed keeps both, and says the same of them. */
  @Test
  void compressedModelsKeepBoth() throws Exception {
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(resource("qwen3"));
      Tensor table = requireNonNull(edited.tensors().get("model.embed_tokens.weight"));
      edited.config().put("tie_word_embeddings", true);
      for (String gone : List.of("", HEAD, "model.embed_tokens.weight")) {
        edited.tensors().put("model.embed_tokens.weight", table);
        edited.tensors().put(HEAD, table.neg());
        edited.tensors().remove(gone);
        Path model = edited.write(folder);
        Path packed = folder.resolve("packed" + gone);
        Compression.of(model).method("svd").ratio(0.3).exclude("mlp").output(packed).run();
        var written = EditedCheckpoint.read(packed);
        for (String name : List.of(HEAD, "model.embed_tokens.weight")) {
          assertThat(written.tensors().containsKey(name)).isEqualTo(!name.equals(gone));
        }
        written
            .tensors()
            .forEach((name, kept) -> {
              if (edited.tensors().containsKey(name)) {
                assertThat(kept.equal(edited.tensors().get(name))).as(name).isTrue();
              }
            });
        try (var checkpoint = Checkpoint.open(packed)) {
          assertThat(checkpoint.config().flag("tie_word_embeddings", false)).isTrue();
        }
        Path dense = folder.resolve("dense" + gone);
        Export.dense(packed, dense, false, ProgressListener.none());
        var plain = EditedCheckpoint.read(dense);
        plain.config().put("tie_word_embeddings", false);
        plain.tensors().putIfAbsent(HEAD, table);
        plain.tensors().putIfAbsent("model.embed_tokens.weight", table.neg());
        Golden.assertClose("packed", logitsOf(packed), logits(plain), 1e-4, 1e-4);
        assertThat(logitsOf(dense).equal(logits(plain))).isTrue();
      }
    }
  }

  private Tensor expected(EditedCheckpoint edited, String table, Tensor embedding, Tensor head)
      throws Exception {
    edited.config().put("tie_word_embeddings", false);
    edited.tensors().put(table, embedding);
    edited.tensors().put(HEAD, head);
    return logits(edited);
  }

  private List<String> told(EditedCheckpoint edited) throws Exception {
    var logger = (Logger) LoggerFactory.getLogger(TiedTable.class);
    var events = new ListAppender<ILoggingEvent>();
    events.start();
    logger.setLevel(Level.WARN);
    logger.addAppender(events);
    try {
      logits(edited);
    } finally {
      logger.detachAppender(events);
    }
    return events.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
  }

  private void refuses(EditedCheckpoint edited, String... mentions) throws Exception {
    Path written = edited.write(folder);
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> {
          try (var checkpoint = Checkpoint.open(written)) {
            Architecture.of(checkpoint);
          }
        })
        .satisfies(refusal -> assertThat(refusal.getMessage()).contains(mentions))
        .satisfies(refusal -> assertThat(refusal.getMessage()).doesNotContain("rename"));
  }

  private Tensor logits(EditedCheckpoint edited) throws Exception {
    return logitsOf(edited.write(folder));
  }

  private static Tensor logitsOf(Path model) throws Exception {
    try (var scope = TensorScope.open();
        var checkpoint = Checkpoint.open(model);
        var loaded =
            CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32))) {
      return scope.keep(loaded.logits(Tensor.create(TOKENS).view(1, -1)));
    }
  }

  private static Path resource(String family) throws Exception {
    return Path.of(TiedTableTest.class.getResource("/golden/" + family).toURI());
  }
}
