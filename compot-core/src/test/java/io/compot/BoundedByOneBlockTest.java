package io.compot;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.tensor.TensorScope;
import io.compot.testing.EditedCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Memory is that of one block, however many blocks there are. */
class BoundedByOneBlockTest {

  private static final Path DEMO = Path.of("..", "demo");
  private static final long INNER = 1536;

  /** A Gram matrix of the feed-forward layer's inner width. */
  private static final long GRAM = INNER * INNER * Double.BYTES;

  @TempDir private Path folder;

  @Test
  void moreBlocksTakeNoMoreMemory() throws Exception {
    Path few = model(2);
    Path many = model(8);
    compress(few, "warm-up");
    long peak = compress(few, "few");
    // Six blocks' Gram matrices alone would be six times this; the Java heap has its own life.
    assertThat(compress(many, "many")).isLessThan(peak + 4 * GRAM);
  }

  private long compress(Path model, String name) throws Exception {
    return Compression.of(model)
        .method("svd-llm")
        .calibration(DEMO.resolve("calibration.txt"))
        .samples(8)
        .length(128)
        .include("down_proj")
        .output(folder.resolve(name))
        .run()
        .run()
        .peakAnonymousBytes();
  }

  /** The demo's model with a wider feed-forward layer, its first block again and again. */
  private Path model(int blocks) throws Exception {
    try (var _ = TensorScope.open()) {
      EditedCheckpoint checkpoint = EditedCheckpoint.read(DEMO.resolve("model"));
      var tensors = checkpoint.tensors();
      long hidden = checkpoint.config().get("hidden_size").asLong();
      torch.manual_seed(1);
      String first = "model.layers.0.";
      tensors.put(first + "mlp.gate_proj.weight", random(INNER, hidden));
      tensors.put(first + "mlp.up_proj.weight", random(INNER, hidden));
      tensors.put(first + "mlp.down_proj.weight", random(hidden, INNER));
      var block = tensors.keySet().stream().filter(name -> name.startsWith(first)).toList();
      tensors.keySet().removeIf(name -> name.startsWith("model.layers.") && !block.contains(name));
      for (int i = 1; i < blocks; i++) {
        for (String name : block) {
          tensors.put(
              "model.layers." + i + "." + name.substring(first.length()), tensors.get(name));
        }
      }
      checkpoint.config().put("num_hidden_layers", blocks).put("intermediate_size", INNER);
      Path written = checkpoint.write(folder);
      for (String file : new String[] {"tokenizer.json", "tokenizer_config.json"}) {
        Files.copy(DEMO.resolve("model").resolve(file), written.resolve(file));
      }
      return written;
    }
  }

  private static Tensor random(long rows, long columns) {
    return torch.randn(rows, columns).mul_(new Scalar(0.02));
  }
}
