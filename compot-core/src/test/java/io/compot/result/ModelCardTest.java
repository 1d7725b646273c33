package io.compot.result;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.plan.BitCount;
import io.compot.plan.Plan;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.dataformat.yaml.YAMLMapper;

class ModelCardTest {

  private static final String HOSTILE = "a: b\n---\n</script><img onerror=x> | `|` *_#\u2028";

  @TempDir private Path folder;

  @Test
  void frontIsWhatTheHubReads() throws Exception {
    Files.writeString(
        folder.resolve("README.md"),
        """
        ---
        license: llama3.2
        license_link: LICENSE.txt
        language:
        - en
        - de
        base_model: someone/else
        pipeline_tag: nonsense
        model-index:
        - name: x
          results: [{task: {type: y}}]
        ---
        # A model
        """);
    JsonNode front = front(ModelCard.text(report("tiny"), SourceCard.of(folder)));
    assertThat(front.path("base_model").asString()).isEqualTo(folder.getFileName().toString());
    assertThat(front.path("license").asString()).isEqualTo("llama3.2");
    assertThat(front.path("license_link").asString()).isEqualTo("LICENSE.txt");
    assertThat(front.path("language").size()).isEqualTo(2);
    assertThat(front.path("library_name").asString()).isEqualTo("compot");
    assertThat(front.path("pipeline_tag").asString()).isEqualTo("text-generation");
    assertThat(front.path("tags").get(0).asString()).isEqualTo("compot");
    assertThat(front.path("tags").get(2).asString()).isEqualTo("svd-llm");
  }

  @Test
  void namesStayText() {
    var source = new SourceCard(HOSTILE, Map.of("license", HOSTILE));
    String card = ModelCard.text(report(HOSTILE), source);
    JsonNode front = front(card);
    assertThat(front.path("base_model").asString()).isEqualTo(HOSTILE);
    assertThat(front.path("license").asString()).isEqualTo(HOSTILE);
    String body = card.substring(card.indexOf("\n---\n", 4) + 5);
    assertThat(body).doesNotContain("<", "\n---\n", "\u2028");
    assertThat(body.lines().filter(line -> line.startsWith("| model |")))
        .containsExactly(
            "| model | a: b --- &lt;/script&gt;&lt;img onerror=x&gt; \\| \\`\\|\\` \\*\\_\\#  |");
  }

  @Test
  void tableHasTheResults() {
    String card = ModelCard.text(report("tiny"), new SourceCard("org/tiny", Map.of()));
    assertThat(card)
        .contains(
            "| whole model | 10,000 bytes | 9,000 bytes | −10.0 % |",
            "| chosen projections | 4,000 bytes | 3,000 bytes | −25.0 % |",
            "| token perplexity, held\\_out.txt | 14.48 | 15.31 | +5.7 % |");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "# no front",
        "---\nlicense: [mit\n---\n",
        "---\na: &x [1]\nlicense: *x\n---\n",
        "---\nlicense: {deep: x}\n---\n",
        "---\nlicense: mit\n",
        "---\n- mit\n---\n"
      })
  void cardsThatCannotBeReadSayNothing(String text) throws Exception {
    Files.writeString(folder.resolve("README.md"), text);
    assertThat(SourceCard.of(folder).carried()).isEmpty();
  }

  @Test
  void hubCachesTellTheName() {
    Path cached = folder.resolve("models--meta-llama--Llama-3.2-1B/snapshots/0123abcd");
    assertThat(SourceCard.of(cached).name()).isEqualTo("meta-llama/Llama-3.2-1B");
    assertThat(SourceCard.of(cached).carried()).isEmpty();
  }

  private static JsonNode front(String card) {
    assertThat(card).startsWith("---\n");
    return YAMLMapper.builder().build().readTree(card.substring(4, card.indexOf("\n---\n", 4)));
  }

  private static CompressionReport report(String name) {
    var projections = new BitCount(32_000, 24_000);
    var model = new BitCount(80_000, 72_000);
    return new CompressionReport(
        new Plan(
            "svd-llm",
            "uniform",
            List.of(),
            0.25,
            List.of(),
            List.of(),
            projections,
            model,
            null,
            null),
        "svd-llm",
        "uniform",
        List.of(),
        new CompressionReport.Ratio(0.25, 0.25),
        new CompressionReport.Bits(projections, model, Map.of("rest", 72_000L)),
        new CompressionReport.PerplexityChange("held_out.txt", 14.48, 15.31, "windows of 128"),
        null,
        null,
        null,
        null,
        null,
        List.of(),
        Map.of(),
        Map.of("model", name),
        Map.of(),
        Map.of(),
        CompressionReport.Run.ended(Map.of(), Map.of(), 0, 0));
  }
}
