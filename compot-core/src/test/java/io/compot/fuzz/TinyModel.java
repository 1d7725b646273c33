package io.compot.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import tools.jackson.databind.json.JsonMapper;

/** The files of a whole model of a few kilobytes, dense and packed, to begin with. */
final class TinyModel {

  private static final int HIDDEN = 8;
  private static final int INNER = 12;
  private static final int VOCABULARY = 16;
  private static final String BLOCK = "model.layers.0.";

  private TinyModel() {}

  static byte[] config(boolean packed) {
    String compression =
        packed
            ? """
            , "compression": {"format": "compot", "version": 1, "method": "compot", "ratio": 0.5,
              "projections": {"model.layers.0.self_attn.q_proj": {"atoms": 4, "nonzeros": 16},
                "model.layers.0.mlp.up_proj": {"rank": 2}}}\
            """
            : "";
    return utf8(
        """
        {"model_type": "llama", "hidden_size": 8, "intermediate_size": 12, "num_hidden_layers": 1,
         "num_attention_heads": 2, "num_key_value_heads": 1, "vocab_size": 16, "rms_norm_eps": 1e-5,
         "max_position_embeddings": 32, "rope_theta": 10000.0, "tie_word_embeddings": false,
         "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0,
           "high_freq_factor": 4.0, "original_max_position_embeddings": 16},
         "bos_token_id": 1, "eos_token_id": [2, 3], "torch_dtype": "float32"%s}
        """
            .formatted(compression));
  }

  /** Names and shapes as the family wants them. */
  private static Map<String, int[]> dense() {
    Map<String, int[]> shapes = new LinkedHashMap<>();
    shapes.put("model.embed_tokens.weight", new int[] {VOCABULARY, HIDDEN});
    shapes.put(BLOCK + "input_layernorm.weight", new int[] {HIDDEN});
    shapes.put(BLOCK + "self_attn.q_proj.weight", new int[] {HIDDEN, HIDDEN});
    shapes.put(BLOCK + "self_attn.k_proj.weight", new int[] {HIDDEN / 2, HIDDEN});
    shapes.put(BLOCK + "self_attn.v_proj.weight", new int[] {HIDDEN / 2, HIDDEN});
    shapes.put(BLOCK + "self_attn.o_proj.weight", new int[] {HIDDEN, HIDDEN});
    shapes.put(BLOCK + "post_attention_layernorm.weight", new int[] {HIDDEN});
    shapes.put(BLOCK + "mlp.gate_proj.weight", new int[] {INNER, HIDDEN});
    shapes.put(BLOCK + "mlp.up_proj.weight", new int[] {INNER, HIDDEN});
    shapes.put(BLOCK + "mlp.down_proj.weight", new int[] {HIDDEN, INNER});
    shapes.put("model.norm.weight", new int[] {HIDDEN});
    shapes.put("lm_head.weight", new int[] {VOCABULARY, HIDDEN});
    return shapes;
  }

  /** All weights in one file; with factors in place of two of them where packed. */
  static byte[] weights(boolean packed) {
    Map<String, int[]> shapes = dense();
    if (packed) {
      shapes.remove(BLOCK + "self_attn.q_proj.weight");
      shapes.remove(BLOCK + "mlp.up_proj.weight");
      shapes.put(BLOCK + "self_attn.q_proj.dictionary", new int[] {4, HIDDEN});
      shapes.put(BLOCK + "self_attn.q_proj.values", new int[] {2 * HIDDEN});
      shapes.put(BLOCK + "self_attn.q_proj.mask", new int[] {HIDDEN, 1});
      shapes.put(BLOCK + "mlp.up_proj.left", new int[] {INNER, 2});
      shapes.put(BLOCK + "mlp.up_proj.right", new int[] {2, HIDDEN});
    }
    return file(shapes);
  }

  /** Half of the dense weights each. */
  static byte[] shard(int index) {
    Map<String, int[]> shapes = dense();
    List<String> names = List.copyOf(shapes.keySet());
    for (int i = 0; i < names.size(); i++) {
      if (i % 2 != index) {
        shapes.remove(names.get(i));
      }
    }
    return file(shapes);
  }

  static String shardName(int index) {
    return "model-0000%d-of-00002.safetensors".formatted(index + 1);
  }

  static byte[] index() {
    Map<String, String> shardOf = new LinkedHashMap<>();
    List<String> names = List.copyOf(dense().keySet());
    for (int i = 0; i < names.size(); i++) {
      shardOf.put(names.get(i), shardName(i % 2));
    }
    return JsonMapper.shared()
        .writeValueAsBytes(Map.of("metadata", Map.of("total_size", 3000), "weight_map", shardOf));
  }

  private static byte[] file(Map<String, int[]> shapes) {
    var random = new SplittableRandom(7);
    var data = new ByteArrayOutputStream();
    Map<String, Object> header = new LinkedHashMap<>();
    header.put("__metadata__", Map.of("format", "pt"));
    shapes.forEach((name, shape) -> {
      int begin = data.size();
      boolean mask = name.endsWith(".mask");
      int elements = 1;
      for (int size : shape) {
        elements *= size;
      }
      for (int i = 0; i < elements; i++) {
        data.writeBytes(mask ? new byte[] {0b0101} : number(random));
      }
      header.put(
          name,
          Map.of(
              "dtype",
              mask ? "U8" : "F32",
              "shape",
              shape,
              "data_offsets",
              new int[] {begin, data.size()}));
    });
    byte[] json = JsonMapper.shared().writeValueAsBytes(header);
    return SafetensorsMutator.joined(json.length, json, data.toByteArray());
  }

  private static byte[] number(SplittableRandom random) {
    return ByteBuffer.allocate(Float.BYTES)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putFloat((float) random.nextGaussian() / 2)
        .array();
  }

  /** A tokenizer of each kind of model, with parts around it that others leave out. */
  static List<byte[]> tokenizers() {
    String added =
        """
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": [{"id": 0, "content":
         "<s>", "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
         "special": true}],\
        """;
    return List.of(
        utf8(
            "{"
                + added
                + """
                "normalizer": {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type":
                  "Replace", "pattern": {"Regex": "a+"}, "content": "a"}, {"type": "Lowercase"}]},
                "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true,
                  "use_regex": true},
                "post_processor": {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id":
                  "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair":
                  [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
                  "special_tokens": {"<s>": {"id": "<s>", "ids": [0], "tokens": ["<s>"]}}},
                "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true},
                "model": {"type": "BPE", "dropout": null, "unk_token": null,
                  "continuing_subword_prefix": "", "end_of_word_suffix": "", "fuse_unk": false,
                  "byte_fallback": false, "ignore_merges": false, "vocab": {"<s>": 0, "a": 1, "b": 2,
                  "ab": 3, "c": 4, "abc": 5, "\\u0120": 6}, "merges": [["a", "b"], ["ab", "c"]]}}\
                """),
        utf8(
            "{"
                + added
                + """
                "normalizer": {"type": "Prepend", "prepend": "\\u2581"},
                "pre_tokenizer": {"type": "Metaspace", "replacement": "\\u2581", "prepend_scheme":
                  "always"},
                "post_processor": null,
                "decoder": {"type": "Sequence", "decoders": [{"type": "ByteFallback"}, {"type":
                  "Fuse"}, {"type": "Strip", "content": " ", "start": 1, "stop": 0}]},
                "model": {"type": "Unigram", "unk_id": 1, "byte_fallback": false, "vocab":
                  [["<s>", 0.0], ["<unk>", 0.0], ["\\u2581a", -1.5], ["b", -2.0], ["c", -3.0]]}}\
                """),
        utf8(
            "{"
                + added
                + """
                "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars":
                  true, "strip_accents": null, "lowercase": true},
                "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern":
                  {"Regex": "\\\\s+"}, "behavior": "Removed", "invert": false}, {"type": "Digits",
                  "individual_digits": true}, {"type": "Punctuation", "behavior": "Isolated"}]},
                "post_processor": {"type": "BertProcessing", "sep": ["c", 3], "cls": ["<s>", 0]},
                "decoder": {"type": "WordPiece", "prefix": "##", "cleanup": true},
                "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
                  "max_input_chars_per_word": 100, "vocab": {"<s>": 0, "a": 1, "##b": 2, "c": 3,
                  "[UNK]": 4}}}\
                """),
        utf8(
            "{"
                + added
                + """
                "normalizer": null, "pre_tokenizer": {"type": "Whitespace"}, "post_processor": null,
                "decoder": null, "model": {"type": "WordLevel", "unk_token": "u", "vocab": {"<s>": 0,
                  "a": 1, "u": 2}}}\
                """));
  }

  /** A recipe, in the plain part of YAML. */
  static byte[] yaml() {
    return utf8(
        """
        # a comparison
        model: ../model
        methods: [compot, svd-llm]
        ratios: [0.2, 0.4]
        calibration:
          text: text.txt
          samples: 16
        overrides:
          - match: "*.down_proj"
            ratio: 0.1
          - {match: layers.0, keep: true}
        note: |
          two
          lines
        nothing: null
        """);
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
