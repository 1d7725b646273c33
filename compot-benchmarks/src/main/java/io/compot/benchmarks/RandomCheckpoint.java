package io.compot.benchmarks;

import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.ones;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.checkpoint.OutputFolder;
import io.compot.error.CompotException;
import io.compot.safetensors.ShardedWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes a checkpoint of random bf16 weights in the exact shapes of a {@link LlamaShape} with a
 * byte tokenizer, so that time and memory can be measured without the real one. One tensor is in
 * memory at a time.
 *
 * <pre>{@code
 * java -cp … io.compot.benchmarks.RandomCheckpoint OUT [BLOCKS [llama-3.2-1b|llama-3.1-8b]]
 * }</pre>
 */
public final class RandomCheckpoint {

  private RandomCheckpoint() {}

  /**
   * Writes it.
   *
   * @param arguments the output folder, how many blocks if not all, and the shape's name if not
   *     llama-3.2-1b
   */
  public static void main(String[] arguments) throws CompotException {
    Path target = Path.of(arguments[0]);
    LlamaShape shape =
        arguments.length > 2 ? LlamaShape.named(arguments[2]) : LlamaShape.LLAMA_32_1B;
    int blocks = arguments.length > 1 ? Integer.parseInt(arguments[1]) : shape.blocks();
    write(target, shape, blocks);
  }

  static void write(Path target, LlamaShape shape, int blocks) throws CompotException {
    manual_seed(1);
    List<TensorInfo> tensors = tensors(shape, blocks);
    try (OutputFolder folder = OutputFolder.create(target, false);
        var writer = new ShardedWriter(folder.path(), tensors, ShardedWriter.DEFAULT_SHARD_SIZE)) {
      for (TensorInfo info : tensors) {
        try (var _ = TensorScope.open()) {
          writer.write(info.name(), random(info));
        }
      }
      writer.finish();
      folder.write("config.json", shape.config(blocks).getBytes(StandardCharsets.UTF_8));
      folder.write("tokenizer.json", tokenizer().getBytes(StandardCharsets.UTF_8));
      folder.commit();
    }
  }

  private static Tensor random(TensorInfo info) {
    long[] shape = info.shape().stream().mapToLong(Long::longValue).toArray();
    var type = Dtype.BF16.scalarType();
    return shape.length == 1 ? ones(shape).to(type) : randn(shape).mul_(new Scalar(0.02)).to(type);
  }

  private static List<TensorInfo> tensors(LlamaShape shape, int blocks) {
    long hidden = shape.hidden();
    long inner = shape.inner();
    long keyValue = shape.keyValueHeads() * shape.headSize();
    long vocabulary = LlamaShape.VOCABULARY;
    var tensors = new ArrayList<TensorInfo>();
    tensors.add(info("model.embed_tokens.weight", vocabulary, hidden));
    for (int block = 0; block < blocks; block++) {
      String prefix = "model.layers." + block + ".";
      tensors.add(info(prefix + "input_layernorm.weight", hidden));
      tensors.add(info(prefix + "self_attn.q_proj.weight", hidden, hidden));
      tensors.add(info(prefix + "self_attn.k_proj.weight", keyValue, hidden));
      tensors.add(info(prefix + "self_attn.v_proj.weight", keyValue, hidden));
      tensors.add(info(prefix + "self_attn.o_proj.weight", hidden, hidden));
      tensors.add(info(prefix + "post_attention_layernorm.weight", hidden));
      tensors.add(info(prefix + "mlp.gate_proj.weight", inner, hidden));
      tensors.add(info(prefix + "mlp.up_proj.weight", inner, hidden));
      tensors.add(info(prefix + "mlp.down_proj.weight", hidden, inner));
    }
    tensors.add(info("model.norm.weight", hidden));
    if (!shape.tied()) {
      tensors.add(info("lm_head.weight", vocabulary, hidden));
    }
    return tensors;
  }

  private static TensorInfo info(String name, Long... shape) {
    return new TensorInfo(name, Dtype.BF16, List.of(shape));
  }

  /** Byte-level BPE without merges: every byte is a token. */
  private static String tokenizer() {
    var json = new JsonMapper();
    var root = json.createObjectNode();
    root.put("version", "1.0");
    root.putNull("truncation").putNull("padding").putArray("added_tokens");
    root.putNull("normalizer");
    root.putObject("pre_tokenizer")
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", true);
    root.putNull("post_processor");
    root.putObject("decoder")
        .put("type", "ByteLevel")
        .put("add_prefix_space", false)
        .put("trim_offsets", true)
        .put("use_regex", true);
    var model = root.putObject("model").put("type", "BPE");
    model.putNull("dropout").putNull("unk_token").put("fuse_unk", false);
    var vocabulary = model.putObject("vocab");
    int spare = 256;
    for (int value = 0; value < 256; value++) {
      boolean printable =
          (value >= '!' && value <= '~') || (value >= 0xA1 && value <= 0xFF && value != 0xAD);
      // GPT-2's alphabet: bytes that do not print borrow characters from 256 on.
      vocabulary.put(Character.toString(printable ? value : spare++), value);
    }
    model.putArray("merges");
    return json.writeValueAsString(root);
  }
}
