package io.compot.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates that were made to do harm end soon, in an error of ours. */
class LimitsTest {

  /** As the usual ones, with a tenth of the work. */
  private static final Limits SOON =
      new Limits(
          Limits.defaults().work() / 10, Limits.defaults().output(), Limits.defaults().depth());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ 'a' * 1000000000 }}",
        "{{ [0] * 1000000000 }}",
        "{{ 10 ** 100000000 }}",
        "{% set ns = namespace(x=2) %}{% for i in range(40) %}{% set ns.x = ns.x * ns.x %}{% endfor %}",
        "{% for i in range(99999) %}{% for j in range(99999) %}{% for k in range(99999) %}{% endfor %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x + ns.x %}{% endfor %}",
        "{% set ns = namespace(x='ab') %}{% for i in range(60) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
        "{% set ns = namespace(x=['ab']) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=['ab']) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x|tojson }}",
        "{% set ns = namespace(x=['ab'], y=['ab']) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% set ns.y = [ns.y, ns.y] %}{% endfor %}{{ ns.x == ns.y }}",
        "{% set ns = namespace(x=(1,)) %}{% for i in range(90000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x }}",
        "{% set ns = namespace(x=(1,)) %}{% for i in range(90000) %}{% set ns.x = [ns.x] %}{% endfor %}{{ ns.x|tojson }}",
        "{% set ns = namespace(x=(1,)) %}{% for i in range(90000) %}{% set ns.x = (ns.x,) %}{% endfor %}{{ {ns.x: 1} }}",
        "{% set ns = namespace(x=(1,), y=(1,)) %}{% for i in range(90000) %}{% set ns.x = [ns.x] %}{% set ns.y = [ns.y] %}{% endfor %}{{ ns.x < ns.y }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f(x) %}{{ f(x + 1) }}{{ f(x + 1) }}{% endmacro %}{{ f(0) }}",
        "{% macro f() %}{% call f() %}{{ caller() }}{% endcall %}{% endmacro %}{{ f() }}",
        "{% for x in [[]] recursive %}{{ loop([[x]]) }}{% endfor %}",
        "{{ 'x'.center(1000000000) }}",
        "{{ 'x'.zfill(1000000000) }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '%*d' % (1000000000, 1) }}",
        "{{ '%.999999999f' % 1.5 }}",
        "{{ '{:999999999}'.format('x') }}",
        "{{ '{:.99999999f}'.format(1.5) }}",
        "{{ 'a\nb'|indent(1000000000) }}",
        "{{ [[1]]|tojson(indent=1000000000) }}",
        "{{ ('a' * 1000000).replace('a', 'b' * 1000000) }}",
        "{{ ('a' * 1000000).replace('', 'b' * 1000000) }}",
        "{{ ['a' * 1000000] * 100000 | join('') }}",
        "{{ (['a' * 1000000] * 1000) | join('') }}",
        "{{ ('a' * 1000000).join(['b'] * 1000000) }}",
        "{% for i in range(99999) %}{{ 'a' * 100000 }}{% endfor %}",
        "{% for i in range(99999) %}{{ range(99999)|list|length }}{% endfor %}",
        "{% for i in range(99999) %}{{ range(99999)|map('string')|list|sort|length }}{% endfor %}",
        "{{ range(10)|batch(10, 'x')|list }}{{ [1]|batch(1000000000, 'x')|list }}",
        "{{ [1]|slice(1000000000)|list }}",
        "{% for i in range(99999) %}{{ messages|tojson|length }}{% endfor %}",
        "{% for i in range(99999) %}{{ messages[0].content|upper|length }}{% endfor %}",
        "{% for i in range(99999) %}{{ 'z' in messages[0].content }}{% endfor %}",
        "{% for i in range(99999) %}{{ messages[0].content.split('')|length }}{% endfor %}",
        "{% for i in range(99999) %}{{ messages[0].content[::-1]|length }}{% endfor %}",
        "{% for i in range(99999) %}{{ messages[0].content == messages[0].content ~ '' }}{% endfor %}",
        "{{ strftime_now('%c' * 10000000) }}"
      })
  void isEnded(String template) {
    Map<String, Object> variables =
        Map.of("messages", List.of(Map.of("content", "a".repeat(100_000))));
    Assertions.assertTimeoutPreemptively(
        Duration.ofMinutes(1),
        () ->
            assertThatThrownBy(
                    () -> JinjaTemplate.parse(template).render(variables, Clock.systemUTC(), SOON))
                .isInstanceOf(JinjaException.class));
  }

  /** The usual limits end the slowest of them, too. */
  @Test
  void theUsualLimitsEndInTime() {
    Assertions.assertTimeoutPreemptively(
        Duration.ofMinutes(2),
        () ->
            assertThatThrownBy(() ->
                    JinjaTemplate.parse(
                            "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{%"
                                + " endfor %}")
                        .render(Map.of(), Clock.systemUTC(), Limits.defaults()))
                .isInstanceOf(JinjaException.class));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ PART }}(",
        "{{ PART }}[",
        "{{ PART }}{1:",
        "{{ PART }}-",
        "{{ PART }}not ",
        "{{ aPART }}.b",
        "{{ aPART }}[0]",
        "{{ aPART }}()",
        "{{ aPART }}|upper",
        "{{ aPART }} + a",
        "{{ aPART }} ** a",
        "{{ aPART }} and a",
        "{{ aPART }} if a else a",
        "{{ aPART }} is string",
        "PART{% if a %}",
        "PART{% for a in b %}",
        "PART{% macro a() %}",
        "PART{% set a %}",
        "PART{% filter upper %}",
        "PART{{ 'a",
        "PART{{ '\\",
        "PART{#",
        "PART{%",
        "PART{{",
        "{% set PART %}(",
        "{{ 'PART' }}{{",
        "PART{% raw %}",
        "PART\\"
      })
  void isReadOrRefused(String form) {
    int split = form.indexOf("PART");
    String part =
        form.substring(
            form.indexOf("}}") > split && form.startsWith("{{ ") && !form.startsWith("{{ '")
                ? form.indexOf("}}") + 2
                : split + 4);
    String template = form.replace("PART", part.repeat(100_000));
    Assertions.assertTimeoutPreemptively(
        Duration.ofMinutes(1),
        () -> {
          try {
            JinjaTemplate.parse(template)
                .render(Map.of("a", 1), Clock.systemUTC(), Limits.defaults());
          } catch (JinjaException e) {
            assertThat(e).hasMessageNotContaining("internal");
          }
        });
  }

  @Test
  void takesALongConversation() {
    var template =
        JinjaTemplate.parse(
            "{% for m in messages %}{% set c = '<' + m.role + '>' + m.content | trim %}"
                + "{{ c }}{% endfor %}");
    List<Map<String, String>> messages =
        java.util.stream.IntStream.range(0, 2000)
            .mapToObj(i -> Map.of("role", "user", "content", "some words ".repeat(200)))
            .toList();
    String text =
        template.render(Map.of("messages", messages), Clock.systemUTC(), Limits.defaults());
    assertThat(text).hasSize(2000 * (6 + 2199));
  }
}
