package io.compot.foreign;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.error.InputException;
import io.compot.gguf.GgufFile;
import io.compot.gguf.model.HubTokenizer;
import io.compot.testing.SharedData;
import io.compot.text.ConfigFile;
import io.compot.text.StrictJson;
import io.compot.tokenizer.TextTokenizer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.node.JsonNodeFactory;

/** Tokenizers made of GGUF vocabularies against the ids that llama.cpp keeps for its own tests. */
class RebuiltTokenizerTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"gpt-2", "llama-spm", "phi-3"})
  void givesTheReferenceIds(String name) throws Exception {
    Path base = golden(name);
    String inputs = Files.readString(Path.of(base + ".inp"));
    List<String> expected = Files.readAllLines(Path.of(base + ".out"));
    String[] texts = inputs.split(Pattern.quote("\n__ggml_vocab_test__\n"), -1);
    try (GgufFile file = GgufFile.open(base)) {
      Files.write(
          folder.resolve("tokenizer.json"), StrictJson.write(HubTokenizer.of(file).orElseThrow()));
    }
    var config = ConfigFile.of(base, JsonNodeFactory.instance.objectNode());
    try (TextTokenizer tokenizer = TextTokenizer.open(folder, config)) {
      for (int i = 0; i < expected.size(); i++) {
        long[] ids =
            Arrays.stream(expected.get(i).strip().split(" +", -1))
                .filter(id -> !id.isEmpty())
                .mapToLong(Long::parseLong)
                .toArray();
        assertThat(tokenizer.encode(texts[i], false))
            .as("text %d: %s", i, texts[i])
            .containsExactly(ids);
      }
    }
  }

  @Test
  void otherKindsAreNamed() throws Exception {
    try (GgufFile file = GgufFile.open(golden("bert-bge"))) {
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> HubTokenizer.of(file))
          .withMessageContaining("tokenizer.ggml.model: \"bert\"")
          .withMessageContaining("tokenizer.json beside the file");
    }
  }

  private static Path golden(String name) {
    return SharedData.path("data/tokenizers/llamacpp_golden/ggml-vocab-" + name + ".gguf");
  }
}
