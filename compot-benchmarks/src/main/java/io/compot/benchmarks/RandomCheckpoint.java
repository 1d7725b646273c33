package io.compot.benchmarks;

import static org.bytedeco.pytorch.global.torch.manual_seed;
import static org.bytedeco.pytorch.global.torch.ones;
import static org.bytedeco.pytorch.global.torch.randn;

import io.compot.checkpoint.OutputFolder;
import io.compot.checkpoint.ShardedWriter;
import io.compot.checkpoint.TensorInfo;
import io.compot.error.CompotException;
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
 * Writes a checkpoint of random bf16 weights in the exact shapes of Llama-3.2-1B (16 blocks, hidden
 * 2048, FFN 8192, 32 heads, 8 key-value heads, vocabulary 128256, tied) with a byte tokenizer, so
 * that time and memory can be measured without the real one. One tensor is in memory at a time.
 *
 * <pre>{@code
 * java -cp … io.compot.benchmarks.RandomCheckpoint OUT [BLOCKS]
 * }</pre>
 */
public final class RandomCheckpoint {

  private static final int BLOCKS = 16;
  private static final long HIDDEN = 2048;
  private static final long INNER = 8192;
  private static final long KEY_VALUE = 512;
  private static final long VOCABULARY = 128256;

  private RandomCheckpoint() {}

  /**
   * Writes it.
   *
   * @param arguments the output folder, and how many blocks if not all 16
   */
  public static void main(String[] arguments) throws CompotException {
    Path target = Path.of(arguments[0]);
    int blocks = arguments.length > 1 ? Integer.parseInt(arguments[1]) : BLOCKS;
    write(target, blocks);
  }

  private static void write(Path target, int blocks) throws CompotException {
    manual_seed(1);
    List<TensorInfo> tensors = tensors(blocks);
    try (OutputFolder folder = OutputFolder.create(target, false);
        var writer = new ShardedWriter(folder.path(), tensors, ShardedWriter.DEFAULT_SHARD_SIZE)) {
      for (TensorInfo info : tensors) {
        try (var _ = TensorScope.open()) {
          writer.write(info.name(), random(info));
        }
      }
      writer.finish();
      folder.write("config.json", config(blocks).getBytes(StandardCharsets.UTF_8));
      folder.write("tokenizer.json", tokenizer().getBytes(StandardCharsets.UTF_8));
      folder.commit();
    }
  }

  private static Tensor random(TensorInfo info) {
    long[] shape = info.shape().stream().mapToLong(Long::longValue).toArray();
    var type = Dtype.BF16.scalarType();
    return shape.length == 1 ? ones(shape).to(type) : randn(shape).mul_(new Scalar(0.02)).to(type);
  }

  private static List<TensorInfo> tensors(int blocks) {
    var tensors = new ArrayList<TensorInfo>();
    tensors.add(info("model.embed_tokens.weight", VOCABULARY, HIDDEN));
    for (int block = 0; block < blocks; block++) {
      String prefix = "model.layers." + block + ".";
      tensors.add(info(prefix + "input_layernorm.weight", HIDDEN));
      tensors.add(info(prefix + "self_attn.q_proj.weight", HIDDEN, HIDDEN));
      tensors.add(info(prefix + "self_attn.k_proj.weight", KEY_VALUE, HIDDEN));
      tensors.add(info(prefix + "self_attn.v_proj.weight", KEY_VALUE, HIDDEN));
      tensors.add(info(prefix + "self_attn.o_proj.weight", HIDDEN, HIDDEN));
      tensors.add(info(prefix + "post_attention_layernorm.weight", HIDDEN));
      tensors.add(info(prefix + "mlp.gate_proj.weight", INNER, HIDDEN));
      tensors.add(info(prefix + "mlp.up_proj.weight", INNER, HIDDEN));
      tensors.add(info(prefix + "mlp.down_proj.weight", HIDDEN, INNER));
    }
    tensors.add(info("model.norm.weight", HIDDEN));
    return tensors;
  }

  private static TensorInfo info(String name, Long... shape) {
    return new TensorInfo(name, Dtype.BF16, List.of(shape));
  }

  private static String config(int blocks) {
    return """
    {
      "architectures": ["LlamaForCausalLM"],
      "attention_bias": false,
      "bos_token_id": 128000,
      "eos_token_id": 128001,
      "head_dim": 64,
      "hidden_act": "silu",
      "hidden_size": 2048,
      "intermediate_size": 8192,
      "max_position_embeddings": 131072,
      "mlp_bias": false,
      "model_type": "llama",
      "num_attention_heads": 32,
      "num_hidden_layers": %d,
      "num_key_value_heads": 8,
      "rms_norm_eps": 1e-05,
      "rope_scaling": {
        "factor": 32.0,
        "high_freq_factor": 4.0,
        "low_freq_factor": 1.0,
        "original_max_position_embeddings": 8192,
        "rope_type": "llama3"
      },
      "rope_theta": 500000.0,
      "tie_word_embeddings": true,
      "torch_dtype": "bfloat16",
      "vocab_size": 128256
    }
    """
        .formatted(blocks);
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
