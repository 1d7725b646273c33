package io.compot.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.compot.error.InputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TextFileTest {

  @TempDir Path folder;

  @Test
  void aPlainFileIsOneDocument() throws Exception {
    TextFile text = TextFile.read(file("a.txt", "Zwölf\r\nBoxkämpfer \uD83D\uDE00"), "text");
    assertThat(text.documents()).containsExactly("Zwölf\r\nBoxkämpfer \uD83D\uDE00");
    assertThat(text.bytes()).isEqualTo(Files.size(text.file()));
    // sha256sum of the same bytes
    assertThat(TextFile.read(file("b.txt", "abc"), "text").sha256())
        .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  }

  @Test
  void aByteOrderMarkIsNoText() throws Exception {
    assertThat(TextFile.read(file("a.txt", "\uFEFFabc"), "text").whole()).isEqualTo("abc");
  }

  @Test
  void everyJsonLineIsADocument() throws Exception {
    Path file = file("a.jsonl", "{\"id\":1,\"text\":\"one\\nmore\"}\n\n{\"text\":\"two\"}\n");
    assertThat(TextFile.read(file, "text").whole()).isEqualTo("one\nmore\n\ntwo");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"text\":\"a\"}¶{\"body\":\"b\"} | line 2 | [body]",
        "{\"text\":3} | line 1 | 'text'",
        "[1] | row 1 | JSON object",
        "{\"text\":\"a\"}¶[1] | line 2 | JSON object",
        "{\"text\":\"a\"}¶{\"text\": True} | line 2 | unknown word \"True\"",
        "[{\"text\":\"a\"},{\"body\":1}] | row 2 | [body]",
        "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"}]} | line 1 | messages: it holds a chat",
        "[{\"conversations\":[]}] | row 1 | conversations: it holds a chat",
        "{\"text\":\"a | line 1 | not valid JSON",
      })
  void namesTheLineThatIsWrong(String content, String line, String word) {
    assertThatThrownBy(() -> TextFile.read(file("a.jsonl", content.replace('¶', '\n')), "text"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("a.jsonl")
        .hasMessageContaining(line)
        .hasMessageContaining(word)
        .message()
        .hasLineCount(1);
  }

  /** C4 calls its lines .json, and packs them; others write arrays. */
  @ParameterizedTest
  @ValueSource(strings = {"c4.json", "c4.json.gz", "c4.jsonl.zst", "c4.ndjson", "c4.txt", "c4"})
  void rowsAreKnownByTheirContent(String name) throws Exception {
    String lines = "{\"url\": \"u\", \"text\": \"one\", \"score\": NaN}\n{\"text\": \"two\"}\n";
    String array = "[ " + lines.strip().replace("\n", ",\n") + "\n]";
    for (String content : List.of(lines, array)) {
      Path file = Files.write(folder.resolve(name), packed(name, content));
      TextFile read = TextFile.read(file, "text");
      assertThat(read.documents()).containsExactly("one", "two");
      assertThat(read.rows()).isTrue();
      assertThat(read.bytes()).isEqualTo(Files.size(file));
    }
  }

  @Test
  void otherRowsOfJson() throws Exception {
    assertThat(TextFile.read(file("a.json", "[\"one\", \"two\"]"), "text").documents())
        .containsExactly("one", "two");
    assertThat(TextFile.read(file("b.json", "{\n  \"text\": \"one\"\n}\n"), "text").documents())
        .containsExactly("one");
  }

  @Test
  void textsThatOnlyBeginLikeJsonAreTexts() throws Exception {
    for (String text :
        List.of("{curly} words", "[1] Introduction", "{\"a\": 1}\nwords", "[1, 2]")) {
      TextFile read = TextFile.read(file("a.txt", text), "text");
      assertThat(read.documents()).containsExactly(text);
      assertThat(read.rows()).isFalse();
    }
    assertThat(TextFile.read(write("a.txt.gz", "words"), "text").whole()).isEqualTo("words");
  }

  @Test
  void packedFilesThatAreDamaged() throws Exception {
    for (String name : List.of("a.json.gz", "a.json.zst")) {
      byte[] whole = packed(name, "{\"text\": \"" + "word ".repeat(500) + "\"}");
      refuses(Files.write(folder.resolve(name), Arrays.copyOf(whole, whole.length / 2)), "cut off");
    }
    refuses(file("plain.json", "Once upon a time"), "line 1 is not valid JSON");
  }

  private Path write(String name, String content) throws IOException {
    return Files.write(folder.resolve(name), packed(name, content));
  }

  private static byte[] packed(String name, String content) throws IOException {
    byte[] bytes = content.getBytes(StandardCharsets.UTF_8);
    if (name.endsWith(".zst")) {
      return Zstd.compress(bytes);
    }
    if (!name.endsWith(".gz")) {
      return bytes;
    }
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    }
    return packed.toByteArray();
  }

  @Test
  void refusesWhatIsNoText() throws Exception {
    refuses(folder.resolve("absent.txt"), "no such file");
    refuses(folder, "folder");
    refuses(file("empty.txt", ""), "empty");
    refuses(file("blank.txt", " \n\n"), "no text");
    refuses(Files.write(folder.resolve("binary.txt"), new byte[] {65, 0, 66}), "byte 1 is 0");
    byte[] latin = "abc é".getBytes(StandardCharsets.ISO_8859_1);
    refuses(Files.write(folder.resolve("latin.txt"), latin), "byte 4 is not valid UTF-8");
    byte[] cut = {'a', (byte) 0xC3};
    refuses(Files.write(folder.resolve("cut.txt"), cut), "byte 1 is not valid UTF-8");
  }

  private static void refuses(Path file, String problem) {
    assertThatThrownBy(() -> TextFile.read(file, "text"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file.getFileName().toString())
        .hasMessageContaining(problem);
  }

  private Path file(String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }
}
