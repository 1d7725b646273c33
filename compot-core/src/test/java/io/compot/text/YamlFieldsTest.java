package io.compot.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.InputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class YamlFieldsTest {

  @TempDir private Path folder;

  private YamlFields read(String yaml) throws Exception {
    return YamlFields.read(Files.writeString(folder.resolve("a.yaml"), yaml), "see the manual");
  }

  /** The parser below knows these places better than what it tells by itself. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "a: 1¶b:¶¶→c: 2¶ | line 4 | tab",
        "a: 1¶b:→2¶ | line 2 | tab",
        "a:¶  - x¶→- y¶ | line 3 | tab",
        "a: 1¶b: [1, 2¶c: 3¶ | line 2 | bracket is never closed",
        "a: 1¶b: \"x¶c: 3¶ | line 2 | quote or block is never closed",
        "a: 1¶b: @x¶ | line 2 | cannot begin with @",
        "a: 1¶b: c: d¶ | line 2 | colon",
        "- a¶b: 1¶ | line 2 | indentation",
        "a: 1¶b: \"\\q\"¶ | line 2 | no escape",
      })
  void namesTheLineThatIsWrong(String yaml, String line, String word) throws Exception {
    Path file = folder.resolve("a.yaml");
    Files.writeString(file, yaml.strip().replace('¶', '\n').replace('→', '\t') + "\n");
    assertThatThrownBy(() -> YamlFields.read(file, "see the help"))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(file + ": " + line + ": ")
        .hasMessageContaining(word);
  }

  @Test
  void givesValuesAsWhatTheyMustBe() throws Exception {
    YamlFields fields =
        read(
            """
            # a comment
            name: "quoted # text"
            plain: a b
            ratio: 1e-3
            half: .5
            count: 12
            on: true
            one: x
            many: [x, y]
            ratios:
              - 0.2
              - 0.4
            inner: {deep: 3}
            items:
              - match: a
                skip: false
              - match: b
            mixed: [m, {path: n, as: o}]
            file: sub/t.txt
            """);
    assertThat(fields.text("name")).contains("quoted # text");
    assertThat(fields.requiredText("plain")).isEqualTo("a b");
    assertThat(fields.number("ratio")).hasValue(0.001);
    assertThat(fields.number("half")).hasValue(0.5);
    assertThat(fields.whole("count")).hasValue(12);
    assertThat(fields.number("count")).hasValue(12);
    assertThat(fields.written("count")).contains("12");
    assertThat(fields.flag("on")).contains(true);
    assertThat(fields.texts("one")).containsExactly("x");
    assertThat(fields.texts("many")).containsExactly("x", "y");
    assertThat(fields.numbers("ratios")).containsExactly(0.2, 0.4);
    assertThat(fields.fields("inner").orElseThrow().whole("deep")).hasValue(3);
    assertThat(fields.items("items").get(0).flag("skip")).contains(false);
    assertThat(fields.items("items").get(1).flag("skip")).isEmpty();
    assertThat(fields.items("mixed", "path"))
        .extracting(each -> each.requiredText("path"))
        .containsExactly("m", "n");
    assertThat(fields.text("missing")).isEmpty();
    assertThat(fields.number("missing")).isEmpty();
    assertThat(fields.texts("missing")).isEmpty();
    assertThat(fields.resolve("file", fields.requiredText("file")))
        .isEqualTo(folder.resolve("sub/t.txt"));
    assertThat(fields.resolve("file", "/x/../y")).isEqualTo(Path.of("/y"));
  }

  @Test
  void refusesPathsThatNoFileCanHave() throws Exception {
    for (String written : new String[] {"\0", "\ud800"}) {
      YamlFields fields = read("file: x\n");
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(() -> fields.resolve("file", written))
          .withMessageContaining("this names no file");
    }
  }

  @Test
  void namesFileLineAndKeyOfWhatIsWrong() throws Exception {
    String yaml =
        """
        ratio: high
        text: 3
        list: {a: b}
        nothing:
        overrides:
          - match: a
          - match: b
            ratio: [1]
            ratoi: 2
        """;
    YamlFields fields = read(yaml);
    refused(
        () -> fields.number("ratio"),
        "a.yaml: line 1: ratio: expected a number, found the text 'high'; see the manual");
    refused(() -> fields.whole("ratio"), "expected a whole number");
    refused(() -> fields.flag("ratio"), "line 1: ratio: expected true or false");
    refused(
        () -> fields.text("text"),
        "line 2: text: expected a text, found the number 3; put it in quotes");
    refused(() -> fields.texts("list"), "line 3: list: expected a text, found keys and values");
    refused(() -> fields.texts("nothing"), "line 4: nothing: expected a list, found nothing");
    refused(() -> fields.requiredText("model"), "model: is missing");
    refused(
        () -> fields.choice("ratio", List.of("low", "higher")),
        "'high' is unknown, did you mean higher?; choose one of low, higher");
    YamlFields second = fields.items("overrides").get(1);
    refused(
        () -> second.number("ratio"),
        "line 8: overrides[1].ratio: expected a number, found a list");
    refused(
        () -> second.only(List.of("match", "ratio", "skip")),
        "line 9: overrides[1].ratoi: there is no such key, did you mean ratio?; the keys here are match, ratio, skip");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a: &x 1\nb: *x",
        "a: *x",
        "a: &x [*x]",
        "&k a: 1",
        "a: !!python/object x",
        "a: !!str 1",
        "a: 1\na: 2",
        "a: {b: 1, b: 2}",
        "a: [",
        "a: 1\n---\nb: 2",
        "- a",
        "word",
        "",
        "# nothing",
        "a: \"\\uD800",
        "a: @b",
        "\ta: b",
        "%YAML 9.0\n---\na: 1",
        "? [a, b]\n: c",
        "<<: {a: 1}\n<<: 2",
        "a: b: c"
      })
  void refusesWhatIsNoPlainYaml(String yaml) {
    refused(() -> read(yaml), "see the manual");
  }

  @Test
  void refusesBombsQuickly() {
    Assertions.assertTimeout(
        Duration.ofSeconds(20),
        () -> {
          refused(() -> read("a: " + "[".repeat(100_000)), "see the manual");
          refused(() -> read("a: " + "{b: ".repeat(50_000)), "see the manual");
          refused(() -> read("? ".repeat(100_000)), "see the manual");
          refused(() -> read("- ".repeat(100_000)), "see the manual");
          refused(() -> read("a".repeat(100_000) + ": 1"), "see the manual");
          refused(() -> read("a: x".repeat(1_000_000)), "is it the right file?");
          refused(() -> read("a: 1" + "0".repeat(100_000)).number("a"), "see the manual");
          refused(() -> read("a: 1e99999999").number("a"), "expected a number");
          refused(() -> read("a: 1e999").number("a"), "expected a number");
          refused(() -> read("a: .nan").number("a"), "expected a number");
        });
  }

  @Test
  void refusesFilesThatAreNone() throws Exception {
    refused(() -> YamlFields.read(folder, "h"), "there is no such file");
    refused(() -> YamlFields.read(folder.resolve("none"), "h"), "there is no such file");
    Path binary = Files.write(folder.resolve("b.yaml"), new byte[] {'a', ':', ' ', (byte) 0xff});
    refused(() -> YamlFields.read(binary, "h"), "this is no UTF-8 text");
    Path nul = Files.write(folder.resolve("n.yaml"), new byte[] {'a', ':', ' ', 0, 'b'});
    refused(() -> YamlFields.read(nul, "h"), "not valid YAML");
  }

  @Test
  void whateverIsThereEndsInAMessage() throws Exception {
    String base = "a: [1, {b: 'c'}]\nd:\n  - e: \"f\"\n    g: |\n      text\nh: {i: ~, j: 0x1F}\n";
    byte[] bytes = base.getBytes(StandardCharsets.UTF_8);
    String alphabet = "[]{}:,-?&*!|>'\"%@`#\n\t \\~<=.0a\u0000\uFFFE";
    var random = new Random(5);
    for (int round = 0; round < 2000; round++) {
      var text = new StringBuilder(new String(bytes, StandardCharsets.UTF_8));
      for (int change = 0; change < 3; change++) {
        char one = alphabet.charAt(random.nextInt(alphabet.length()));
        text.insert(random.nextInt(text.length() + 1), one);
      }
      try {
        YamlFields fields = read(text.toString());
        fields.only(Set.copyOf(fields.keys()));
      } catch (InputException e) {
        assertThat(e.getMessage()).doesNotContain("\n").contains("a.yaml: ");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ratoi,ratio",
    "itterations,iterations",
    "Shard_Size,shard-size",
    "k/s,k/s",
    "metod,method",
    "xyzzy,",
    "r,"
  })
  void knowsTheNearestName(String word, String expected) {
    var names = List.of("ratio", "iterations", "shard-size", "k/s", "method", "momentum");
    if (expected == null) {
      assertThat(Nearest.of(word, names)).isEmpty();
    } else {
      assertThat(Nearest.of(word, names)).contains(expected);
    }
    assertThat(Nearest.distance("kitten", "sitting")).isEqualTo(3);
    assertThat(Nearest.distance("", "abc")).isEqualTo(3);
  }

  private static void refused(ThrowingCallable read, String message) {
    assertThatThrownBy(read)
        .isInstanceOf(InputException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }
}
