package io.compot.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.compot.gguf.block.BlockType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is written is what llama.cpp would have written, to the byte. */
class GgufWriterTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"qwen2.Q4_0.gguf", "llama.Q4_0.gguf", "llama256.Q2_K.gguf"})
  void writesLlamaCppsFilesAgain(String name) throws Exception {
    Path original = Path.of("src/test/resources/gguf").resolve(name);
    Path copy = folder.resolve(name);
    try (GgufFile file = GgufFile.open(original);
        GgufWriter writer = new GgufWriter(copy, file.metadata(), List.copyOf(file.tensors()));
        var arena = Arena.ofConfined()) {
      // Backwards and in two parts: the order of writing does not matter.
      for (GgufTensor tensor : List.copyOf(file.tensors()).reversed()) {
        MemorySegment bytes = arena.allocate(tensor.bytes());
        file.read(tensor.name(), 0, bytes);
        long half = tensor.bytes() / 2;
        writer.write(tensor.name(), half, bytes.asSlice(half));
        writer.write(tensor.name(), 0, bytes.asSlice(0, half));
      }
      assertThat(copy).doesNotExist();
      writer.finish();
    }
    assertThat(Files.readAllBytes(copy)).isEqualTo(Files.readAllBytes(original));
  }

  @Test
  void everyKindOfValueComesBack() throws Exception {
    SequencedMap<String, GgufValue> metadata = new LinkedHashMap<>();
    metadata.put("general.alignment", GgufValue.u32(64));
    metadata.put("u8", new GgufValue.Whole(ValueType.U8, 200));
    metadata.put("i8", new GgufValue.Whole(ValueType.I8, -100));
    metadata.put("u16", new GgufValue.Whole(ValueType.U16, 60000));
    metadata.put("i16", new GgufValue.Whole(ValueType.I16, -30000));
    metadata.put("u32", GgufValue.u32(4_000_000_000L));
    metadata.put("i32", new GgufValue.Whole(ValueType.I32, -5));
    metadata.put("u64", new GgufValue.Whole(ValueType.U64, -1));
    metadata.put("i64", new GgufValue.Whole(ValueType.I64, Long.MIN_VALUE));
    metadata.put("f32", GgufValue.f32(0.1f));
    metadata.put("f64", new GgufValue.Real(ValueType.F64, Math.PI));
    metadata.put("flag", new GgufValue.Flag(true));
    metadata.put("text", GgufValue.text("größer 𝄞 \0"));
    metadata.put("texts", GgufValue.texts(List.of("", "a b", "Ġ")));
    metadata.put(
        "nested",
        new GgufValue.Items(
            ValueType.ARRAY,
            List.of(GgufValue.texts(List.of("x")), new GgufValue.Items(ValueType.U8, List.of()))));
    GgufTensor tensor = GgufTensor.of("t", BlockType.Q8_0, List.of(2L, 32L));
    Path path = folder.resolve("values.gguf");
    try (var writer = new GgufWriter(path, metadata, List.of(tensor));
        var arena = Arena.ofConfined()) {
      writer.write("t", 0, arena.allocate(68));
      writer.finish();
    }
    try (GgufFile file = GgufFile.open(path)) {
      assertThat(file.metadata()).isEqualTo(metadata);
      assertThat(List.copyOf(file.metadata().keySet())).isEqualTo(List.copyOf(metadata.keySet()));
      assertThat(file.tensors()).containsExactly(tensor);
      assertThat(file.dataBegin() % 64).isZero();
    }
  }

  @Test
  void nothingAppearsUnlessAllDataCame() throws Exception {
    Path path = folder.resolve("partial.gguf");
    GgufTensor tensor = GgufTensor.of("t", BlockType.F32, List.of(4L));
    try (var writer = new GgufWriter(path, new LinkedHashMap<>(), List.of(tensor));
        var arena = Arena.ofConfined()) {
      writer.write("t", 0, arena.allocate(8));
      assertThatIllegalStateException().isThrownBy(writer::finish).withMessageContaining("[t]");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> writer.write("t", 8, arena.allocate(12)));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> writer.write("other", 0, arena.allocate(1)));
    }
    try (var files = Files.list(folder)) {
      assertThat(files).isEmpty();
    }
  }

  @Test
  void rowsMustBeWholeBlocks() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> GgufTensor.of("t", BlockType.Q4_K, List.of(2L, 128L)));
  }
}
