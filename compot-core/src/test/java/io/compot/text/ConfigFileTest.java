package io.compot.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.error.InputException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigFileTest {

  @TempDir Path folder;

  /** Reading a field one way, for the table of refusals. */
  private interface Access {
    Object of(ConfigFile config) throws InputException;
  }

  private static final Map<String, Access> ACCESSES =
      Map.ofEntries(
          Map.entry("int", config -> config.positiveInt("x", 1000)),
          Map.entry("optionalInt", config -> config.optionalPositiveInt("x", 1000)),
          Map.entry("long", config -> config.positiveLong("x")),
          Map.entry("number", config -> config.number("x")),
          Map.entry("positive", config -> config.positive("x")),
          Map.entry("flag", config -> config.flag("x", true)),
          Map.entry("text", config -> config.text("x")),
          Map.entry("choice", config -> config.choice("x", List.of("silu", "gelu"))),
          Map.entry("object", config -> config.object("x")),
          Map.entry("ints", config -> config.ints("x", 0, 10)),
          Map.entry("texts", config -> config.texts("x")),
          Map.entry("tokenIds", config -> config.tokenIds("x")),
          Map.entry("nested", config -> config.object("x").positive("y")));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "int | 0 | 1 to 1000",
        "int | -5 | -5",
        "int | 1001 | 1001",
        "int | 4294967297 | 4294967297",
        "int | 2.5 | 2.5",
        "int | 2.0 | 2.0",
        "int | \"eight\" | \"eight\"",
        "int | null | missing",
        "int | true | true",
        "int | [1] | an array",
        "optionalInt | 0 | found 0",
        "long | 99999999999999999999 | above zero",
        "number | \"1\" | expected a number",
        "number | NaN | finite",
        "number | -Infinity | finite",
        "number | 1e999 | finite",
        "number | 1e99999999999 | not valid JSON",
        "positive | 0 | above zero",
        "positive | -10000 | above zero",
        "flag | 1 | true or false",
        "flag | \"true\" | true or false",
        "text | 7 | expected a string",
        "choice | \"wobble\" | gelu, silu",
        "object | [] | expected an object",
        "ints | [1, 11] | x[1]",
        "ints | 3 | expected a list",
        "texts | [\"a\", 3] | x[1]",
        "tokenIds | [1, 1.5] | x[1]",
        "tokenIds | \"1\" | whole number",
        "nested | {\"y\": -1} | x.y",
        "nested | {} | x.y",
        "nested | {\"y\": NaN} | x.y"
      })
  void refusesWithFileFieldAndExpectation(String access, String value, String mention)
      throws Exception {
    Files.writeString(folder.resolve("config.json"), "{\"x\": " + value + "}");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> {
          Object unexpected = Objects.requireNonNull(ACCESSES.get(access)).of(read());
          throw new AssertionError("accepted as " + unexpected);
        })
        .withMessageContaining("config.json")
        .withMessageContaining(mention)
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
  }

  /** As Python writes them; who does not ask for the number does not mind. */
  @Test
  void numbersThatAreNoneStayWhatTheyAre() throws Exception {
    Files.writeString(
        folder.resolve("config.json"), "{\"a\": NaN, \"b\": [-Infinity], \"c\": 1e999, \"d\": 2}");
    ConfigFile config = read();
    assertThat(config.number("d")).isEqualTo(2);
    assertThat(new String(StrictJson.write(config.tree()), StandardCharsets.UTF_8))
        .contains("\"a\" : NaN")
        .contains("-Infinity")
        .contains("1E+999");
  }

  /** Messages say what is wrong with the file, not with the settings of a parser. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "¶{} | byte-order mark",
        "{'a': 1} | a key in double quotes",
        "{\"a\": True} | unknown word \"True\"",
        "{\"a\": 1, // one} | no comments",
        "# one | no comments",
        "{\"a\": 01} | malformed number",
        "{\"a\": +1} | malformed number",
        "{\"a\": 1} {} | behind its end",
        "{\"a\": 1}} | behind its end",
        "{\"a\": 1] | \"]\" closes",
        "{\"a\": 1 | ends too early",
        "{\"a\": \"x | inside a string",
        "{\"a\": \"\\q\"} | escape \\q",
        "{\"a\": 1, \"a\": 2} | Duplicate key \"a\"",
        "{\"a\" 1} | a colon has to be",
        "{\"a\": 1 \"b\": 2} | a comma has to be",
      })
  void saysWhatIsWrongInItsOwnWords(String json, String mention) throws Exception {
    Files.writeString(folder.resolve("config.json"), json.strip().replace('¶', '\uFEFF'));
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(this::read)
        .withMessageContaining("not valid JSON")
        .withMessageContaining(mention)
        .satisfies(e ->
            assertThat(e.getMessage())
                .hasLineCount(1)
                .doesNotContain("Feature", "REDACTED", "token", "code "));
  }

  @Test
  void negativeTokenIdsMeanNone() throws Exception {
    Files.writeString(
        folder.resolve("config.json"), "{\"a\": -1, \"b\": [3, -1], \"c\": null, \"d\": 7}");
    ConfigFile config = read();
    assertThat(config.tokenIds("a")).isEmpty();
    assertThat(config.tokenIds("b")).containsExactly(3);
    assertThat(config.tokenIds("c")).isEmpty();
    assertThat(config.tokenIds("d")).containsExactly(7);
  }

  @Test
  void readsWhatIsThereAndTreatsNullAsAbsent() throws Exception {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"n": 3, "eps": 1e-05, "big": 1e300, "on": false, "act": "silu", "none": null,
         "sub": {"k": [1, 2]}, "list": [0.5, 2]}
        """);
    ConfigFile config = read();
    assertThat(config.positiveInt("n", 3)).isEqualTo(3);
    assertThat(config.positive("eps")).isEqualTo(1e-5);
    assertThat(config.number("big")).isEqualTo(1e300);
    assertThat(config.flag("on", true)).isFalse();
    assertThat(config.flag("absent", true)).isTrue();
    assertThat(config.choice("act", List.of("silu"))).isEqualTo("silu");
    assertThat(config.has("none")).isFalse();
    assertThat(config.optionalNumber("none")).isEmpty();
    assertThat(config.optionalObject("none")).isEmpty();
    assertThat(config.object("sub").ints("k", 1, 2)).containsExactly(1, 2);
    assertThat(config.numbers("list")).containsExactly(0.5, 2.0);
  }

  @Test
  void refusesWholeFilesThatAreDamaged() throws Exception {
    for (String content :
        List.of(
            "",
            " ",
            "[]",
            "3",
            "{\"a\": 1",
            "{\"a\": 1} x",
            "{\"a\": 1, \"a\": 2}",
            "{'a': 1}",
            "{\"a\": 1,}",
            "{\"a\": " + "[".repeat(50_000) + "]".repeat(50_000) + "}",
            "{\"a\": " + "9".repeat(100_000) + "}")) {
      Files.writeString(folder.resolve("config.json"), content);
      assertThatExceptionOfType(InputException.class)
          .isThrownBy(this::read)
          .withMessageContaining("config.json")
          .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1).hasSizeLessThan(600));
    }
    Files.write(folder.resolve("config.json"), new byte[] {'{', '"', (byte) 0xff, '"', '}'});
    assertThatExceptionOfType(InputException.class).isThrownBy(this::read);
  }

  @Test
  void keepsOrderAndSpellingForWritingBack() throws Exception {
    String text = "{\"z\":1.50,\"a\":10000.0,\"m\":12345678901234567890,\"eps\":0.00001}";
    Files.writeString(folder.resolve("config.json"), text);
    assertThat(read().tree()).hasToString(text);
  }

  @Test
  void namesWhatAPointerFileIs() throws Exception {
    Files.write(
        folder.resolve("config.json"),
        "version https://git-lfs.github.com/spec/v1\n".getBytes(StandardCharsets.UTF_8));
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(this::read)
        .withMessageContaining("LFS");
  }

  private ConfigFile read() throws InputException {
    return ConfigFile.read(folder.resolve("config.json"));
  }
}
