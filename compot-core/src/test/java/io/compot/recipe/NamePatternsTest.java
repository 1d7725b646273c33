package io.compot.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.UsageException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NamePatternsTest {

  @ParameterizedTest
  @CsvSource({
    "down_proj, model.layers.3.mlp.down_proj, true",
    "down, model.layers.3.mlp.down_proj, false",
    "*down*, model.layers.3.mlp.down_proj, true",
    "layers.1, model.layers.1.mlp.down_proj, true",
    "layers.1, model.layers.11.mlp.down_proj, false",
    "layers.1*, model.layers.11.mlp.down_proj, true",
    "layers.*.q_proj, model.layers.11.self_attn.q_proj, true",
    "model.layers.0.self_attn.q_proj, model.layers.0.self_attn.q_proj, true",
    "mlp, model.layers.0.mlp.up_proj, true",
    "q.proj, model.layers.0.self_attn.q_proj, false",
  })
  void matchesWholeParts(String pattern, String name, boolean expected) {
    assertThat(new NamePatterns(List.of(pattern)).matches(name)).isEqualTo(expected);
  }

  @Test
  void oneTextMayHoldSeveral() {
    var patterns = new NamePatterns(List.of("q_proj, k_proj", " v_proj,"));
    assertThat(List.of("a.q_proj", "a.k_proj", "a.v_proj")).allMatch(patterns::matches);
    assertThat(patterns.matches("a.o_proj")).isFalse();
    assertThatThrownBy(() ->
            new NamePatterns(List.of("q_proj,w_proj")).requireUse("include", List.of("a.q_proj")))
        .hasMessageContaining("include 'w_proj'");
    assertThat(new NamePatterns(List.of(",")).isEmpty()).isFalse();
    assertThat(new NamePatterns(List.of(",")).matches("a.q_proj")).isFalse();
  }

  @Test
  void aPatternMustMatchSomething() {
    var patterns = new NamePatterns(List.of("q_proj", "w_proj"));
    assertThatThrownBy(() -> patterns.requireUse("include", List.of("a.q_proj", "a.k_proj")))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("include 'w_proj' matches no projection")
        .hasMessageContaining("a.q_proj");
    assertThatCode(() -> patterns.requireUse("include", List.of("a.q_proj", "a.w_proj")))
        .doesNotThrowAnyException();
  }
}
