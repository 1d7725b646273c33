package io.compot.foreign;

import io.compot.error.InputException;
import io.compot.gguf.GgufFile;
import io.compot.gguf.GgufTensor;
import io.compot.gguf.GgufValue;
import io.compot.gguf.ValueType;
import io.compot.gguf.block.BlockType;
import io.compot.gguf.model.GgufFamily;
import io.compot.gguf.model.HeadRows;
import io.compot.gguf.model.HubConfig;
import io.compot.gguf.model.HubTokenizer;
import io.compot.safetensors.WeightSource;
import io.compot.text.ConfigFile;
import io.compot.text.StrictJson;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A model from one GGUF file: its configuration in Hugging Face's words, its weights under Hugging
 * Face's names, and its tokenizer as a {@code tokenizer.json} in a temporary folder, which goes
 * when the model is closed.
 */
public final class GgufModel implements AutoCloseable {

  private static final String TOKENIZER = "tokenizer.json";

  /** What llama.cpp calls some tokens. */
  private static final Map<String, String> KEYS = Map.of("unk", "unknown", "pad", "padding");

  private final GgufFile file;
  private final ConfigFile config;
  private final WeightSource weights;
  private final Path folder;
  private final boolean temporary;

  private GgufModel(
      GgufFile file, ConfigFile config, WeightSource weights, Path folder, boolean temporary) {
    this.file = file;
    this.config = config;
    this.weights = weights;
    this.folder = folder;
    this.temporary = temporary;
  }

  /**
   * Opens a file. A tokenizer that cannot be rebuilt from it is looked for beside it.
   *
   * @throws InputException naming what is wrong in it, or what kind of model it is where it is none
   *     that is read
   */
  public static GgufModel open(Path path) throws InputException {
    GgufFile file = GgufFile.open(path);
    try {
      refuseShards(file);
      GgufFamily family = HubConfig.family(file);
      ObjectNode fields = HubConfig.of(file, family, rotary(file));
      ConfigFile config = ConfigFile.of(path, fields);
      Optional<HeadRows> heads =
          family.has(GgufFamily.Trait.INTERLEAVED)
              ? Optional.of(headRows(config))
              : Optional.empty();
      var weights = new GgufWeights(file, family, heads);
      Path beside = path.toAbsolutePath().getParent();
      Optional<ObjectNode> tokenizer;
      try {
        tokenizer = HubTokenizer.of(file);
      } catch (InputException e) {
        if (beside == null || !Files.exists(beside.resolve(TOKENIZER))) {
          throw e;
        }
        tokenizer = Optional.empty();
      }
      if (tokenizer.isEmpty() && beside != null && Files.exists(beside.resolve(TOKENIZER))) {
        return new GgufModel(file, config, weights, beside, false);
      }
      Path folder = Files.createTempDirectory("gguf-tokenizer");
      if (tokenizer.isPresent()) {
        Files.write(folder.resolve(TOKENIZER), StrictJson.write(tokenizer.get()));
        Files.write(
            folder.resolve("tokenizer_config.json"), StrictJson.write(tokenizerConfig(file)));
      }
      return new GgufModel(file, config, weights, folder, true);
    } catch (IOException e) {
      file.close();
      throw new InputException(
          path + ": no room for its tokenizer in the temporary folder (" + e + "); free some", e);
    } catch (InputException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** The configuration. */
  public ConfigFile config() {
    return config;
  }

  /** The weights. */
  public WeightSource weights() {
    return weights;
  }

  /** The file. */
  public Path file() {
    return file.file();
  }

  /** Where {@code tokenizer.json} lies, if there is one. */
  public Path tokenizerFolder() {
    return folder;
  }

  /** Files that belong to the model beside its weights. */
  public List<Path> sideFiles() {
    return Stream.of(TOKENIZER, "tokenizer_config.json")
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .toList();
  }

  @Override
  public void close() {
    file.close();
    if (temporary) {
      for (Path side : sideFiles()) {
        side.toFile().delete();
      }
      folder.toFile().delete();
    }
  }

  private static HeadRows headRows(ConfigFile config) throws InputException {
    int headDim = config.positiveInt("head_dim", Integer.MAX_VALUE);
    if (headDim % 2 != 0) {
      throw config.refuse("head_dim", headDim + " is odd", "the file is damaged: fetch it again");
    }
    return new HeadRows(headDim);
  }

  private static ObjectNode tokenizerConfig(GgufFile file) {
    ObjectNode config = JsonNodeFactory.instance.objectNode();
    config.put("tokenizer_class", "PreTrainedTokenizerFast");
    for (String meaning : List.of("bos", "eos", "unk", "pad")) {
      String key = KEYS.getOrDefault(meaning, meaning);
      if (file.metadata().get("tokenizer.ggml." + key + "_token_id")
              instanceof GgufValue.Whole(ValueType _, long id)
          && file.metadata().get("tokenizer.ggml.tokens") instanceof GgufValue.Items tokens
          && id >= 0
          && id < tokens.values().size()
          && tokens.values().get((int) id) instanceof GgufValue.Text(String token)) {
        config.put(meaning + "_token", token);
      }
    }
    if (file.metadata().get("tokenizer.chat_template") instanceof GgufValue.Text(String text)) {
      config.put("chat_template", text);
    }
    return config;
  }

  private static void refuseShards(GgufFile file) throws InputException {
    if (file.metadata().get("split.count") instanceof GgufValue.Whole whole && whole.value() > 1) {
      throw InputException.in(
          file.file(),
          "this is one of %d parts of a model".formatted(whole.value()),
          "join them with llama.cpp's llama-gguf-split --merge");
    }
  }

  /** Numbers about positions that are tensors. */
  private static Map<String, float[]> rotary(GgufFile file) throws InputException {
    var rotary = new HashMap<String, float[]>();
    for (String name : GgufWeights.ROTARY) {
      Optional<GgufTensor> found = file.find(name);
      if (found.isPresent()) {
        rotary.put(name, numbers(file, found.get()));
      }
    }
    return rotary;
  }

  private static float[] numbers(GgufFile file, GgufTensor tensor) throws InputException {
    if (tensor.type() != BlockType.F32 || tensor.elements() > 1 << 16) {
      throw InputException.in(
          file.file(),
          "tensor " + tensor.name(),
          "found %d numbers of type %s, expected a few of type F32"
              .formatted(tensor.elements(), tensor.type()),
          "the file is damaged: fetch it again");
    }
    try (var arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(tensor.bytes(), Float.BYTES);
      file.read(tensor.name(), 0, bytes);
      return bytes.toArray(ValueLayout.JAVA_FLOAT);
    }
  }
}
