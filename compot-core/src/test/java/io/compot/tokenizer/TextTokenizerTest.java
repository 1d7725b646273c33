package io.compot.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.error.InputException;
import io.compot.testing.SharedData;
import io.compot.text.ConfigFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextTokenizerTest {

  private static final String HARD =
      "Hello, world!  Two  spaces,\ttab\n\nÄpfel 4 ½ 🚀 (normal) 😶‍🌫️ (multiple emojis) "
          + "한국어 ខ្មែរ \u4f60\u597d\r\n''''''```` don't I'VE 3333333 \uFFFD end";

  @TempDir Path folder;

  /** llama.cpp's test strings with the ids of the reference tokenizers. */
  @ParameterizedTest
  @CsvSource({"gpt2, gpt-2", "llama2, llama-spm"})
  void givesTheReferenceIds(String name, String golden) throws Exception {
    Path base = SharedData.path("data/tokenizers/llamacpp_golden/ggml-vocab-" + golden + ".gguf");
    String inputs = Files.readString(Path.of(base + ".inp"));
    List<String> expected = Files.readAllLines(Path.of(base + ".out"));
    String[] texts = inputs.split(Pattern.quote("\n__ggml_vocab_test__\n"), -1);
    assertThat(texts).hasSize(expected.size() + 1); // the text ends with a separator
    try (TextTokenizer tokenizer = open(SharedData.path("data/tokenizers/" + name))) {
      for (int i = 0; i < expected.size(); i++) {
        assertThat(tokenizer.encode(texts[i], false))
            .as("text %d: %s", i, texts[i])
            .containsExactly(ids(expected.get(i)));
      }
    }
  }

  @Test
  void givesTheReferenceIdsOfStories() throws Exception {
    Path golden = SharedData.path("data/stories260k/golden");
    String text = Files.readString(golden.resolve("tokenize_sample.txt"));
    long[] expected = ids(Files.readString(golden.resolve("tokenize_sample.run_c.ids")));
    Path model = SharedData.path("data/stories260k/hf");
    try (TextTokenizer tokenizer =
        TextTokenizer.open(model, ConfigFile.read(model.resolve("config.json")))) {
      assertThat(tokenizer.encode(text, true)).containsExactly(expected);
      assertThat(tokenizer.bosId()).hasValue(1);
      assertThat(tokenizer.eosIds()).containsExactly(2);
      assertThat(tokenizer.decode(expected, true)).isEqualTo(text);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "data/tokenizers/gpt2",
        "data/tokenizers/llama2",
        "data/tokenizers/gptneox_olmo",
        "data/tokenizers/dolma2_cl100k",
        "data/trained/opt-tinystories-1m",
        "data/trained/qwen2-tinystories-1m",
        "data/trained/wiki-llama-5m",
        "data/stories260k/hf"
      })
  void streamsTheTextThatWholeDecodingGives(String name) throws Exception {
    try (TextTokenizer tokenizer = open(SharedData.path(name))) {
      long[] ids = tokenizer.encode(HARD, false);
      String whole = tokenizer.decode(ids, true);
      assertThat(whole).isEqualTo(HARD);
      for (int prompt : new int[] {0, 1, 3, 9}) {
        TextStream stream = tokenizer.stream(Arrays.copyOf(ids, prompt));
        var pieces = new StringBuilder(tokenizer.decode(Arrays.copyOf(ids, prompt), true));
        int held = 0;
        for (int i = prompt; i < ids.length; i++) {
          String piece = stream.next(ids[i]);
          assertThat(HARD.substring(pieces.length())).startsWith(piece);
          held = piece.isEmpty() ? held + 1 : 0;
          assertThat(held).isLessThanOrEqualTo(4);
          pieces.append(piece);
        }
        assertThat(pieces.append(stream.finish())).asString().isEqualTo(HARD);
      }
    }
  }

  @Test
  void survivesTokensThatAreNoText() throws Exception {
    try (TextTokenizer tokenizer = open(SharedData.path("data/tokenizers/llama2"))) {
      TextStream stream = tokenizer.stream(new long[0]);
      var pieces = new ArrayList<String>();
      for (int i = 0; i < 20; i++) {
        pieces.add(stream.next(3 + 0xE2)); // always the first byte of a character, never the rest
      }
      pieces.add(stream.finish());
      assertThat(String.join("", pieces)).matches("\uFFFD+");
      assertThat(tokenizer.decode(tokenizer.encode("a\ud800b\u0000c", false), true))
          .isEqualTo("a?b\u0000c");
      assertThat(tokenizer.encode("", false)).isEmpty();
    }
  }

  @Test
  void takesEndTokensFromTheGenerationConfigFirst() throws Exception {
    copyHostileControl();
    try (TextTokenizer tokenizer = open(folder)) {
      assertThat(tokenizer.eosIds()).isEmpty();
    }
    Files.writeString(
        folder.resolve("tokenizer_config.json"),
        "{\"eos_token\": {\"content\": \"<|end|>\"}, \"bos_token\": \"<|begin|>\"}");
    try (TextTokenizer tokenizer = open(folder)) {
      assertThat(tokenizer.eosIds()).containsExactly(258);
      assertThat(tokenizer.bosId()).hasValue(257);
    }
    Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [258, 259]}");
    try (TextTokenizer tokenizer = open(folder)) {
      assertThat(tokenizer.eosIds()).containsExactlyInAnyOrder(258, 259);
    }
  }

  /** Many fine-tuned models have such a token; most texts never meet it. */
  @Test
  void tokensWithoutARowAreRefusedWhereATextHasThem() throws Exception {
    copyHostileControl();
    Path config = Files.writeString(folder.resolve("config.json"), "{\"vocab_size\": 258}");
    Files.writeString(
        folder.resolve("generation_config.json"),
        "{\"bos_token_id\": 259, \"eos_token_id\": [258, 1, -1]}");
    try (TextTokenizer tokenizer = TextTokenizer.open(folder, ConfigFile.read(config))) {
      assertThat(tokenizer.encode("abc", false)).isNotEmpty();
      assertThat(tokenizer.bosId()).isEmpty();
      assertThat(tokenizer.eosIds()).containsExactly(1);
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> tokenizer.encode("abc<|end|>abc", false))
          .withMessageContaining("tokenizer.json")
          .withMessageContaining("\"<|end|>\"")
          .withMessageContaining("258 rows");
    }
  }

  @Test
  void ignoresTruncationAndPaddingOfTheFile() throws Exception {
    copyHostileControl();
    Path file = folder.resolve("tokenizer.json");
    Files.writeString(
        file,
        Files.readString(file)
            .replace(
                "\"truncation\": null",
                "\"truncation\": {\"direction\": \"Right\", \"max_length\": 4, "
                    + "\"strategy\": \"LongestFirst\", \"stride\": 0}"));
    try (TextTokenizer tokenizer = open(folder)) {
      assertThat(tokenizer.encode("abc".repeat(2000), false)).hasSizeGreaterThan(1000);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "tokenizer.model, SentencePiece",
    "qwen.tiktoken, tiktoken",
    "vocab.json, vocab.json"
  })
  void advisesWhereThereIsNoTokenizerJson(String file, String mention) throws IOException {
    Files.writeString(folder.resolve(file), "x");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> open(folder))
        .withMessageContaining("no tokenizer.json")
        .withMessageContaining(mention)
        .withMessageContaining("save_pretrained");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\",-1]],\"unk_id\":7}} | unk_id",
        "{\"model\":{\"type\":\"Unigram\",\"vocab\":{\"a\":1}}} | pairs",
        "{\"model\":{\"type\":\"Unigram\",\"vocab\":[[\"a\"]]}} | vocab[0]",
        "{\"model\":{\"type\":\"WordPiece\",\"vocab\":{\"a\":1,\"b\":1}}} | shares the id 1",
        "{\"model\":{\"type\":\"WordLevel\",\"vocab\":{}}} | found none",
        "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1},\"merges\":[[\"a\",\"a\"]]}} | \"aa\"",
        "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1.5},\"merges\":[]}} | 1.5",
        "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1}}} | merges",
        "{\"model\":{\"vocab\":{\"a\":1},\"merges\":[3]}} | not a pair",
        "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1,\"a\":2},\"merges\":[]}} | Duplicate",
        "{\"added_tokens\":[{\"id\":1}],\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":1}}} |"
            + " added_tokens[0]",
        "{\"normalizer\":{\"type\":\"Wobble\"},\"model\":{\"type\":\"WordLevel\",\"vocab\":{\"a\":1},"
            + "\"unk_token\":\"a\"}} | normalizer.type",
        "{} | model"
      })
  void refusesMalformedTokenizers(String json, String mention) throws IOException {
    Files.writeString(folder.resolve("tokenizer.json"), json);
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> open(folder))
        .withMessageContaining("tokenizer.json")
        .withMessageContaining(mention)
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
  }

  private void copyHostileControl() throws IOException {
    Files.copy(
        SharedData.path("golden/hostile/00_ok_baseline/tokenizer.json"),
        folder.resolve("tokenizer.json"));
  }

  private TextTokenizer open(Path model) throws InputException, IOException {
    Path config = folder.resolve("config.json");
    Files.writeString(config, "{}");
    return TextTokenizer.open(model, ConfigFile.read(config));
  }

  private static long[] ids(String line) {
    return Pattern.compile("\\s+")
        .splitAsStream(line.strip())
        .filter(part -> !part.isEmpty())
        .mapToLong(Long::parseLong)
        .toArray();
  }
}
