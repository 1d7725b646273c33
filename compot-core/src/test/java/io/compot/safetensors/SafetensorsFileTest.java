package io.compot.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.checkpoint.SafetensorsBytes;
import io.compot.error.InputException;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.io.RandomAccessFile;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsFileTest {

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}     ",
        "{\"a\":{\"dtype\":\"F64\",\"shape\":[],\"data_offsets\":[0,8]}}",
        "{\"z\":{\"dtype\":\"U8\",\"shape\":[4,0],\"data_offsets\":[8,8]},"
            + "\"a\":{\"dtype\":\"BF16\",\"shape\":[1,4],\"data_offsets\":[0,8]}}",
        "{\"__metadata__\":{\"format\":\"pt\"},"
            + "\"\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[0,8]}}",
        "{\"a\":{\"dtype\":\"BOOL\",\"shape\":[8],\"data_offsets\":[0,8],\"note\":{\"x\":[1]}}}",
        "{\"a\":{\"dtype\":\"F16\",\"shape\":[0],\"data_offsets\":[0,0]},"
            + "\"b\":{\"dtype\":\"F16\",\"shape\":[0],\"data_offsets\":[0,0]},"
            + "\"c\":{\"dtype\":\"U64\",\"shape\":[1],\"data_offsets\":[0,8]}}"
      })
  void acceptsWhatTheFormatAllows(String header) throws Exception {
    Path file = Files.write(folder.resolve("x.safetensors"), SafetensorsBytes.of(header, 8));
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      for (String name : opened.names()) {
        assertThat(opened.bytes(name).byteSize()).isEqualTo(opened.info(name).bytes());
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{} | belong to no tensor",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}x | does not end",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}{} | more behind",
        "{\"a\":{\"dtype\":\"F8_E4M3\",\"shape\":[8],\"data_offsets\":[0,8]}} | F8_E4M3",
        "{\"a\":{\"dtype\":\"f32\",\"shape\":[2],\"data_offsets\":[0,8]}} | f32",
        "{\"a\":{\"dtype\":7,\"shape\":[2],\"data_offsets\":[0,8]}} | dtype",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[3],\"data_offsets\":[0,8]}} | 12 bytes",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2.0],\"data_offsets\":[0,8]}} | 2.0",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[\"2\"],\"data_offsets\":[0,8]}} | whole number",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[[2]],\"data_offsets\":[0,8]}} | a list",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8,9]}} | data_offsets",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,0]}} | data_offsets",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[8,16]}} | past the end",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | 0 to 4",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}} | 4 bytes behind",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,8]}} | overlap",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | Duplicate",
        "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} |"
            + " Duplicate",
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[4294967296,4294967296,0],\"data_offsets\":[0,0]}} |"
            + " more elements",
        "{\"a\":{\"shape\":[2],\"data_offsets\":[0,8]}} | dtype is missing",
        "{\"a\":{\"dtype\":\"F32\",\"data_offsets\":[0,8]}} | shape is missing",
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}} | data_offsets is missing",
        "{\"a\":[]} | expected an object",
        "{\"\\ud800\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}} | not valid JSON in UTF-8",
        "{\"__metadata__\":{\"a\":1}} | __metadata__",
        "{\"__metadata__\":[]} | __metadata__",
        "{\"evil\\u001b[2J\\nname\":3} | \\u001b"
      })
  void refusesWhatItForbids(String header, String mention) throws Exception {
    refused(SafetensorsBytes.of(header, 8), mention);
  }

  @Test
  void refusesBytesThatAreNoUtf8AndDeepNesting() throws Exception {
    byte[] content =
        SafetensorsBytes.of("{\"a?\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}", 0);
    content[8 + 3] = (byte) 0xff;
    refused(content, "UTF-8");
    content[8 + 3] = (byte) 0xc0; // an overlong form begins so
    refused(content, "UTF-8");
    refused(SafetensorsBytes.of("{\"a\":{\"x\":" + "[".repeat(100_000) + "}", 0), "nesting");
  }

  @ParameterizedTest
  @CsvSource({
    "'version https://git-lfs.github.com/spec/v1', LFS",
    "'<!DOCTYPE html><html>not found</html>', HTML",
    "'GGUF\u0003 and more than eight bytes', GGUF",
    "'PK\u0003\u0004 and more than eight bytes', pickle",
    "'plain text that is no header', header length"
  })
  void saysWhatTheFileReallyIs(String content, String mention) throws Exception {
    refused(content.getBytes(StandardCharsets.UTF_8), mention);
  }

  @Test
  void readsFarBeyondTwoGibibytes() throws Exception {
    long size = 5L << 30;
    Path file = folder.resolve("big.safetensors");
    String header =
        "{\"first\":{\"dtype\":\"U8\",\"shape\":[%d],\"data_offsets\":[0,%d]},"
                .formatted(size, size)
            + "\"last\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[%d,%d]}} "
                .formatted(size, size + 4);
    Files.write(file, SafetensorsBytes.of(header, 0));
    try (var raw = new RandomAccessFile(file.toFile(), "rw")) {
      raw.setLength(raw.length() + size); // a hole: no disk is used
      raw.seek(raw.length());
      raw.write(new byte[] {42, 0, 0, 0});
    }
    try (SafetensorsFile opened = SafetensorsFile.open(file)) {
      assertThat(opened.info("first").bytes()).isEqualTo(size);
      assertThat(opened.bytes("last").get(ValueLayout.JAVA_INT_UNALIGNED, 0)).isEqualTo(42);
    }
  }

  @Test
  void givesTensorsOverUnalignedDataToo() throws Exception {
    for (String padding : List.of("", " ", "  ", "   ")) {
      String header =
          "{\"a\":{\"dtype\":\"F32\",\"shape\":[1,3],\"data_offsets\":[0,12]}}" + padding;
      byte[] content = SafetensorsBytes.of(header, 12);
      ByteBuffer.wrap(content)
          .order(ByteOrder.LITTLE_ENDIAN)
          .position(content.length - 12)
          .putFloat(1)
          .putFloat(-2)
          .putFloat(3.5f);
      Path file = Files.write(folder.resolve("x.safetensors"), content);
      try (SafetensorsFile opened = SafetensorsFile.open(file);
          var scope = TensorScope.open()) {
        var tensor = scope.keep(opened.tensor("a"));
        assertThat(tensor.shape()).containsExactly(1, 3);
        assertThat(tensor.sum().item_double()).isEqualTo(2.5);
        assertThat(Dtype.of(tensor)).isEqualTo(Dtype.F32);
      }
    }
  }

  private void refused(byte[] content, String mention) throws Exception {
    Path file = Files.write(folder.resolve("x.safetensors"), content);
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> SafetensorsFile.open(file).close())
        .withMessageContaining("x.safetensors")
        .withMessageContaining(mention)
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).hasSizeLessThan(600));
  }
}
