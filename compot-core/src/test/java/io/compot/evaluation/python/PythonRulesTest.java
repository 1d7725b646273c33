package io.compot.evaluation.python;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.text.PythonSpace;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Figures of CPython 3.11. */
class PythonRulesTest {

  @Test
  void randomNumbers() {
    var random = new PythonRandom(1234);
    assertThat(random.random()).isEqualTo(0.9664535356921388);
    assertThat(random.random()).isEqualTo(0.4407325991753527);
    assertThat(random.random()).isEqualTo(0.007491470058587191);
    assertThat(new PythonRandom(5_000_000_000L).random()).isEqualTo(0.08666010167354754);
  }

  @Test
  void samplesWithoutReplacement() {
    var random = new PythonRandom(1234);
    assertThat(random.sample(1838, 6)).containsExactly(1593, 902, 239, 15, 185, 1652);
    assertThat(random.sample(10, 4)).containsExactly(9, 0, 1, 8);
    assertThat(random.sample(100_000, 3)).containsExactly(46482, 31039, 2284);
    assertThat(random.sample(30, 10)).containsExactly(0, 25, 29, 11, 20, 19, 15, 24, 14, 4);
  }

  @Test
  void choicesWithReplacement() {
    var random = new PythonRandom(0);
    assertThat(IntStream.range(0, 8).map(_ -> random.choice(100)))
        .containsExactly(84, 75, 42, 25, 51, 40, 78, 30);
  }

  @Test
  void whiteSpaceIsPythons() {
    assertThat(PythonSpace.strip("\u00a0\u2003 a b\u3000\u001c\u0085")).isEqualTo("a b");
    assertThat(PythonSpace.strip("\u200ba")).as("zero width space is none").isEqualTo("\u200ba");
    assertThat(PythonText.words("")).isEqualTo(1);
    assertThat(PythonText.words(" a \n b ")).isEqualTo(4);
    assertThat("a\u00a0\n\u001db".replaceAll(PythonSpace.PATTERN + "+", "-")).isEqualTo("a-b");
  }

  @Test
  void capitalizes() {
    assertThat(PythonText.capitalize("")).isEmpty();
    assertThat(PythonText.capitalize("a few WOMEN")).isEqualTo("A few women");
    assertThat(PythonText.capitalize("ßA")).isEqualTo("Ssa");
    assertThat(PythonText.capitalize("ǆA")).isEqualTo("ǅa");
    assertThat(PythonText.capitalize(" aB")).isEqualTo(" ab");
  }

  @Test
  void literals() {
    assertThat(PythonLiteral.parse("[{'question': \"Who's he?\", 'options': ['a\\n', 'b\\'', ]}]"))
        .isEqualTo(List.of(Map.of("question", "Who's he?", "options", List.of("a\n", "b'"))));
    assertThat(PythonLiteral.parse(" '\\u00e9\\x41\\q' ")).isEqualTo("éA\\q");
    for (String bad : List.of("", "[", "['a' 'b']", "['a'] x", "{'a'}", "'a", "[1]", "'\\u12'")) {
      assertThatThrownBy(() -> PythonLiteral.parse(bad))
          .as(bad)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("at character");
    }
    assertThatThrownBy(() -> PythonLiteral.parse("[".repeat(100_000)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
