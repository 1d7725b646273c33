package io.compot.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.InputException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
        "[1] | line 1 | JSON object",
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
