package io.compot.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerRegexTest {

  /** The first ended the process at 28 letters: "retry-limit-in-match over". */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "(a+)+$",
        "(a|aa)+$",
        "(?:a|a)*c",
        "(.*)*x",
        "(?i:(?:a?){30})",
        "(?>(\\w+)\\d)*",
        "(a*){2,}",
        "a**",
        "(a{2}+)+",
        "\\s*\\s*\\s*$",
        "(?=.*x.*y.*z)a",
        "(?:(?:a{100}){100}){100}",
        "a{100000}",
        "(a)\\1",
        "(?<n>a|b\\g<n>c)",
        "(?x)(a+ # )\n)+",
        "(?(1)a)",
        "(?~a)",
        "(a",
        "a)",
        "[a",
        "\\"
      })
  void thatCouldSearchWithoutEndIsFound(String regex) {
    assertThat(TokenizerRegex.problem(regex)).isNotNull();
  }

  /** What well-known tokenizers use, and all characters that mean something elsewhere. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
        "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
        "[^\\r\\n\\p{L}\\p{N}]?[\\p{Lu}\\p{Lt}\\p{M}]*[\\p{Ll}\\p{M}]+(?i:'s|'t)?|\\s+",
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+| ?[\\p{P}\\p{S}]+[\\r\\n]*",
        "\\d{1,3}(?=(?:\\d{3})*\\b)",
        "(?<=a)b*",
        " ?[^(\\s|[.,!?…。，、।۔،])]+",
        "[\\p{L}&&[^\\p{Han}]]+",
        "[]a]+",
        " {2,}",
        "{}",
        ""
      })
  void ofWellKnownTokenizersIsTaken(String regex) {
    assertThat(TokenizerRegex.problem(regex)).isNull();
  }
}
