package io.compot.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.error.InputException;
import io.compot.gguf.block.BlockType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of llama.cpp are read as they are; files that lie are refused where they lie. */
class GgufFileTest {

  private static final Path QWEN2 = Path.of("src/test/resources/gguf/qwen2.Q4_0.gguf");

  @TempDir Path folder;

  @Test
  void readsWhatLlamaCppWrote() throws Exception {
    try (GgufFile file = GgufFile.open(QWEN2);
        var arena = Arena.ofConfined()) {
      assertThat(file.metadata())
          .containsEntry("general.architecture", GgufValue.text("qwen2"))
          .containsEntry("qwen2.embedding_length", GgufValue.u32(64))
          .containsKey("tokenizer.ggml.tokens");
      assertThat(file.metadata().get("tokenizer.ggml.tokens"))
          .isInstanceOfSatisfying(
              GgufValue.Items.class,
              items -> {
                assertThat(items.element()).isEqualTo(ValueType.STRING);
                assertThat(items.values()).hasSize(320);
              });
      GgufTensor key = file.find("blk.0.attn_k.weight").orElseThrow();
      assertThat(key.type()).isEqualTo(BlockType.Q4_0);
      assertThat(key.columns()).isEqualTo(64);
      assertThat(key.bytes()).isEqualTo(key.elements() / 32 * 18);
      assertThat(key.rowBytes()).isEqualTo(36);
      MemorySegment row = arena.allocate(36);
      file.read("blk.0.attn_k.weight", 36, row);
      byte[] whole = Files.readAllBytes(QWEN2);
      assertThat(indexOf(whole, row.toArray(ValueLayout.JAVA_BYTE)))
          .isGreaterThanOrEqualTo((int) file.dataBegin());
      assertThat(file.find("nothing")).isEmpty();
    }
  }

  @Test
  void aFileCutAnywhereIsRefused() throws Exception {
    byte[] whole = Files.readAllBytes(QWEN2);
    for (int length = 0; length < whole.length; length += length < 600 ? 1 : 997) {
      Path cut = Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(whole, length));
      assertThatExceptionOfType(InputException.class)
          .as("cut at %d", length)
          .isThrownBy(() -> GgufFile.open(cut).close())
          .withMessageContaining("cut.gguf");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          magic        | this is no GGUF file
          old          | GGUF version is 1, read are 2 and 3
          big          | big-endian
          tensors      | tensor_count: the file claims 18446744073709551615
          keys         | metadata_kv_count: the file claims 4294967296
          valuetype    | key: its type is 99, known are 0 to 12
          truth        | key: a truth value is 7
          deep         | nested more than 4 deep
          items        | key (its number of items): the file claims 1099511627776
          twice        | key: the key occurs twice
          alignment    | general.alignment: expected a U32 that is a power of two
          utf8         | key: the text is not valid UTF-8
          dimensions   | tensor t: it has 9 dimensions
          zero         | tensor t: dimension 1 is 0
          overflow     | tensor t: dimension 1 is 9223372036854775807
          type         | tensor t: its type is 4, which is not known
          rows         | tensor t: rows of 33 weights are no whole blocks of Q4_0
          offset       | tensor t: its data begins at 64, expected 0
          short        | reach past the end of the file's 0 bytes of data
          behind       | behind the last tensor belong to no tensor
          """)
  void lies(String lie, String said) throws Exception {
    Path file = Files.write(folder.resolve("lie.gguf"), lie(lie));
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> GgufFile.open(file).close())
        .withMessageContaining("lie.gguf")
        .withMessageContaining(said);
  }

  @Test
  void otherFilesAreNamed() throws Exception {
    Path pointer =
        Files.writeString(
            folder.resolve("m.gguf"), "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> GgufFile.open(pointer).close())
        .withMessageContaining("Git-LFS pointer");
  }

  private static byte[] lie(String lie) throws IOException {
    var file = new Bytes();
    switch (lie) {
      case "magic" -> file.raw("GGML").u32(3).u64(0).u64(0);
      case "old" -> file.raw("GGUF").u32(1).u64(0).u64(0);
      case "big" -> file.raw("GGUF").u32(3 << 24).u64(0).u64(0);
      case "tensors" -> file.raw("GGUF").u32(3).u64(-1).u64(0);
      case "keys" -> file.raw("GGUF").u32(3).u64(0).u64(1L << 32).raw("x".repeat(100));
      case "valuetype" -> file.start(0, 1).text("key").u32(99).u64(0);
      case "truth" -> file.start(0, 1).text("key").u32(7).raw("\7").pad(32);
      case "deep" -> {
        file.start(0, 1).text("key").u32(9);
        for (int i = 0; i < 8; i++) {
          file.u32(9).u64(1);
        }
      }
      case "items" -> file.start(0, 1).text("key").u32(9).u32(0).u64(1L << 40).pad(64);
      case "twice" -> file.start(0, 2).text("key").u32(4).u32(1).text("key").u32(4).u32(2);
      case "alignment" -> file.start(0, 1).text("general.alignment").u32(4).u32(24);
      case "utf8" -> file.start(0, 1).text("key").u32(8).u64(1).byteOf(0xff).pad(64);
      case "dimensions" -> file.start(1, 0).text("t").u32(9).pad(128);
      case "zero" -> file.start(1, 0).text("t").u32(2).u64(4).u64(0).u32(0).u64(0).pad(64);
      case "overflow" ->
          file.start(1, 0).text("t").u32(2).u64(4).u64(Long.MAX_VALUE).u32(0).u64(0).pad(64);
      case "type" -> file.start(1, 0).text("t").u32(1).u64(32).u32(4).u64(0).pad(64);
      case "rows" -> file.start(1, 0).text("t").u32(1).u64(33).u32(2).u64(0).pad(256);
      case "offset" -> file.start(1, 0).text("t").u32(1).u64(1).u32(0).u64(64).pad(256);
      case "short" -> file.start(1, 0).text("t").u32(1).u64(1).u32(0).u64(0).pad(32);
      case "behind" -> file.start(1, 0).text("t").u32(1).u64(1).u32(0).u64(0).pad(256);
      default -> throw new IllegalArgumentException(lie);
    }
    return file.all();
  }

  /** Bytes one after the other. */
  private static final class Bytes {
    private final ByteBuffer buffer = ByteBuffer.allocate(4096).order(ByteOrder.LITTLE_ENDIAN);

    Bytes start(int tensors, int keys) {
      return raw("GGUF").u32(3).u64(tensors).u64(keys);
    }

    Bytes raw(String text) {
      buffer.put(text.getBytes(StandardCharsets.UTF_8));
      return this;
    }

    Bytes byteOf(int value) {
      buffer.put((byte) value);
      return this;
    }

    Bytes u32(int value) {
      buffer.putInt(value);
      return this;
    }

    Bytes u64(long value) {
      buffer.putLong(value);
      return this;
    }

    Bytes text(String text) {
      return u64(text.length()).raw(text);
    }

    Bytes pad(int multiple) {
      while (buffer.position() % multiple != 0) {
        buffer.put((byte) 0);
      }
      return this;
    }

    byte[] all() {
      return Arrays.copyOf(buffer.array(), buffer.position());
    }
  }

  private static int indexOf(byte[] whole, byte[] part) {
    List<Integer> found =
        java.util.stream.IntStream.range(0, whole.length - part.length)
            .filter(i -> Arrays.equals(whole, i, i + part.length, part, 0, part.length))
            .boxed()
            .toList();
    return found.isEmpty() ? -1 : found.getLast();
  }
}
