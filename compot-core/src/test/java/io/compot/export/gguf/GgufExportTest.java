package io.compot.export.gguf;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.gguf.GgufFile;
import io.compot.gguf.GgufTensor;
import io.compot.gguf.model.TypeMix;
import io.compot.progress.ProgressListener;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.EditedCheckpoint;
import io.compot.testing.SharedData;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Models as GGUF files: what comes back, and what llama.cpp made of the same weights. */
class GgufExportTest {

  @TempDir Path folder;

  @Test
  void weightsInFullPrecisionComeBackToTheBit() throws Exception {
    comesBack(Path.of("src/test/resources/golden/qwen3"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "llama_rope_llama3", "llama_tied", "mistral", "qwen2"})
  void everyFamilyComesBack(String name) throws Exception {
    comesBack(SharedData.path("golden/public/" + name));
  }

  private void comesBack(Path model) throws Exception {
    Path output = folder.resolve("model.gguf");
    export(model, output, TypeMix.F32);
    try (Checkpoint before = Checkpoint.open(model);
        Checkpoint after = Checkpoint.open(output);
        var arena = Arena.ofConfined()) {
      for (String name : after.names()) {
        assertThat(after.info(name).shape()).isEqualTo(before.info(name).shape());
        if (before.info(name).dtype() == Dtype.F32) {
          assertThat(after.bytes(name, arena).mismatch(before.bytes(name, arena)))
              .as(name)
              .isEqualTo(-1);
        }
      }
      assertThat(before.names()).containsAll(after.names());
    }
  }

  /** The same weights, types and rounding: the same bytes in every tensor. */
  @ParameterizedTest
  @CsvSource({"Q8_0", "BF16"})
  void tensorsAreLlamaCpps(TypeMix mix) throws Exception {
    compare("qwen3.F32", "qwen3." + mix, mix, 0);
  }

  /** llama.cpp's files were rounded from F32, ours from F16: some codes fall to the neighbour. */
  @ParameterizedTest
  @CsvSource({
    "llama, Q4_0",
    "llama, Q4_1",
    "llama, Q5_0",
    "llama, Q8_0",
    "llama-untied-rope3, Q5_1"
  })
  void tensorsAreLlamaCppsButForWhatTheSourceHadLost(String model, TypeMix mix) throws Exception {
    compare(model + ".F16", model + "." + mix, mix, 0.05);
  }

  private void compare(String source, String expected, TypeMix mix, double differing)
      throws Exception {
    Path fixtures = SharedData.path("quant/fixtures/gguf");
    Path output = folder.resolve("model.gguf");
    export(fixtures.resolve(source + ".gguf"), output, mix, "rounding", "nearest");
    try (GgufFile ours = GgufFile.open(output);
        GgufFile theirs = GgufFile.open(fixtures.resolve(expected + ".gguf"))) {
      assertThat(ours.tensors()).hasSameSizeAs(theirs.tensors());
      for (GgufTensor tensor : theirs.tensors()) {
        assertThat(ours.find(tensor.name())).contains(tensor);
        byte[] found = bytes(ours, tensor);
        byte[] wanted = bytes(theirs, tensor);
        long different =
            IntStream.range(0, wanted.length).filter(i -> found[i] != wanted[i]).count();
        assertThat(different)
            .as(tensor.name())
            .isLessThanOrEqualTo((long) (differing * wanted.length));
      }
      theirs
          .metadata()
          .forEach((key, value) -> {
            // What is for people, and what only quantised files need.
            if (!key.startsWith("general.name")
                && !key.equals("general.size_label")
                && !key.equals("general.quantization_version")) {
              assertThat(ours.metadata()).as(key).containsEntry(key, value);
            }
          });
    }
  }

  @Test
  void theSameBytesAgainWithFeedback() throws Exception {
    Path model = Path.of("../demo/model");
    Path first = folder.resolve("first.gguf");
    Path second = folder.resolve("second.gguf");
    String text = "../demo/calibration.txt";
    export(model, first, TypeMix.Q4_0, "calibration", text, "samples", "16", "length", "128");
    export(model, second, TypeMix.Q4_0, "calibration", text, "samples", "16", "length", "128");
    assertThat(first).hasSameBinaryContentAs(second);
    try (Checkpoint written = Checkpoint.open(first);
        var tokenizer = written.tokenizer();
        Checkpoint source = Checkpoint.open(model);
        var original = source.tokenizer()) {
      String line = "Once upon a time, there was a little girl.";
      assertThat(tokenizer.encode(line, true)).containsExactly(original.encode(line, true));
      assertThat(tokenizer.eosIds()).isEqualTo(original.eosIds());
    }
  }

  @Test
  void whatHasNoPlaceIsToldBeforeAnyWork() throws Exception {
    Path opt = SharedData.path("golden/public/opt");
    Path output = folder.resolve("model.gguf");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> export(opt, output, TypeMix.F16))
        .withMessageContaining("model_type: \"opt\" models cannot be written as GGUF");
    assertThat(output).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'type':'Unigram','unk_id':0,'vocab':[['<unk>',0.0],['a',-1.0]]} | no place for a tokenizer of kind Unigram",
        "{'type':'BPE','vocab':{'a':0,'b':500},'merges':[]} | the token of id 500 has no row in the embedding of 101",
        "{'type':'BPE','vocab':{'a':0},'merges':[]} | no name for how this one splits texts"
      })
  void tokenizersThatCannotBeWrittenAreRefusedBeforeAnyWork(String tokenizer, String problem)
      throws Exception {
    Path model = Files.createDirectory(folder.resolve("model"));
    for (String file : List.of("config.json", "model.safetensors")) {
      Files.copy(Path.of("src/test/resources/golden/qwen3").resolve(file), model.resolve(file));
    }
    Files.writeString(
        model.resolve("tokenizer.json"),
        "{'version':'1.0','added_tokens':[],'normalizer':null,'pre_tokenizer':null,'model':%s}"
            .formatted(tokenizer)
            .replace('\'', '"'));
    Path output = folder.resolve("model.gguf");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> export(model, output, TypeMix.F16))
        .withMessageContainingAll("tokenizer.json", problem, "--tokenizer without");
    assertThat(output).doesNotExist();
    export(model, output, TypeMix.F16, "tokenizer", "without");
    assertThat(output).exists();
  }

  @Test
  void weightsThatAreNoNumbersAreRefused() throws Exception {
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(Path.of("src/test/resources/golden/qwen3"));
      requireNonNull(edited.tensors().get("model.layers.1.self_attn.q_proj.weight"))
          .fill_(new Scalar(Double.NaN));
      Path model = edited.write(folder);
      Path output = folder.resolve("model.gguf");
      for (TypeMix mix : List.of(TypeMix.F32, TypeMix.F16)) {
        assertThatExceptionOfType(InputException.class)
            .isThrownBy(() -> export(model, output, mix))
            .withMessageContainingAll("layers.1.self_attn.q_proj", "NaN");
        assertThat(output).doesNotExist();
      }
    }
  }

  @Test
  void anExistingFileStays() throws Exception {
    Path output = Files.writeString(folder.resolve("model.gguf"), "mine");
    assertThatExceptionOfType(UsageException.class)
        .isThrownBy(() -> export(Path.of("src/test/resources/golden/qwen3"), output, TypeMix.F16))
        .withMessageContaining("the file exists");
    assertThat(output).hasContent("mine");
  }

  private static void export(Path model, Path output, TypeMix mix, String... more)
      throws Exception {
    var said = new HashMap<String, String>();
    said.put("type", mix.word());
    for (int i = 0; i < more.length; i += 2) {
      said.put(more[i], more[i + 1]);
    }
    GgufExport.SCHEMA.of(said).write(model, output, false, ProgressListener.none());
  }

  private static byte[] bytes(GgufFile file, GgufTensor tensor) throws Exception {
    try (var arena = Arena.ofConfined()) {
      MemorySegment bytes = arena.allocate(tensor.bytes());
      file.read(tensor.name(), 0, bytes);
      return bytes.toArray(ValueLayout.JAVA_BYTE);
    }
  }
}
