package io.compot.result;

import io.compot.plan.BitCount;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.dataformat.yaml.YAMLMapper;

/**
 * {@code README.md} of a compressed checkpoint, in the hub's model-card form: facts for its tools
 * in front, the report's results for people below.
 */
final class ModelCard {

  private static final YAMLMapper YAML = YAMLMapper.builder().build();

  private static final String PACKED =
      """

      ## How to run it

          compot generate . --prompt "Once upon a time"
          compot export . --format dense -o dense-model    # an ordinary checkpoint for other programs

      Transformers, vLLM, llama.cpp and MLX do not know the packed weights and refuse them; they run the ordinary
      checkpoint that `export` writes, which is as large as the original and as good as this one. From Java:
      `Model.load(Path.of("."))` of `io.compot:compot-core`.
      """;

  private static final String DENSE =
      """

      ## How to run it

          compot generate . --prompt "Once upon a time"

      The weights are dense. Other programs run this folder as they run the original, unless `config.json` says
      under `compression` that some blocks are narrower than others, which Compot alone knows.
      """;

  private ModelCard() {}

  static String text(CompressionReport report, SourceCard source) {
    String name = escaped(source.name());
    var card = new StringBuilder();
    card.append(YAML.writeValueAsString(facts(report, source)).strip()).append("\n---\n\n");
    card.append("# ").append(name).append(", compressed\n\n");
    card.append(
        "%s, made %s smaller by Compot with method %s, without training.\n\n"
            .formatted(name, percent(report.bits().model().removed()), escaped(report.method())));
    card.append("| | before | after | change |\n|---|---:|---:|---:|\n");
    row(card, "whole model", report.bits().model());
    row(card, "chosen projections", report.bits().projections());
    var perplexity = report.perplexity();
    if (perplexity != null) {
      row(
          card,
          "token perplexity, " + escaped(perplexity.text()),
          decimal(perplexity.before()),
          decimal(perplexity.after()),
          String.format(
              Locale.ROOT, "%+.1f %%", 100 * (perplexity.after() / perplexity.before() - 1)));
    }
    boolean packed = !report.layers().isEmpty();
    if (packed) {
      row(
          card,
          "mean relative error of a projection",
          "0",
          decimal(report.meanRelativeError()),
          "");
    }
    card.append('\n').append(reached(report)).append('\n');
    if (perplexity != null) {
      card.append('\n').append(escaped(perplexity.protocol())).append(".\n");
    }
    card.append(packed ? PACKED : DENSE);
    card.append(
        """

        `report.html` shows what was done to each projection and what it cost; `compression-report.json` has the
        same numbers for programs.

        ## Settings

        | setting | value |
        |---|---|
        """);
    report
        .settings()
        .forEach((setting, value) ->
            card.append("| %s | %s |\n".formatted(escaped(setting), escaped(shown(value)))));
    return card.toString();
  }

  private static String reached(CompressionReport report) {
    double requested = report.ratio().requested();
    double achieved = report.ratio().achieved();
    return report.layers().isEmpty()
        ? String.format(
            Locale.ROOT,
            "Ratio %.4f asked for, %.4f reached. %s",
            requested,
            achieved,
            escaped(String.join(". ", report.notes())))
        : String.format(
            Locale.ROOT,
            "Allocation %s; ratio %.4f asked for, %.4f reached; %d projections compressed, %d left as they were.",
            escaped(report.allocation()),
            requested,
            achieved,
            report.layers().size(),
            report.dense().size());
  }

  private static Map<String, Object> facts(CompressionReport report, SourceCard source) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("base_model", source.name());
    facts.put("base_model_relation", "quantized");
    facts.put("library_name", "compot");
    facts.put("pipeline_tag", "text-generation");
    facts.putAll(source.carried());
    facts.put("tags", Stream.of("compot", "compressed", report.method()).distinct().toList());
    return facts;
  }

  private static String shown(Object value) {
    return value instanceof List<?> list
        ? list.stream().map(String::valueOf).collect(Collectors.joining(", "))
        : String.valueOf(value);
  }

  private static void row(StringBuilder card, String name, BitCount bits) {
    row(
        card,
        name,
        String.format(Locale.ROOT, "%,d bytes", bits.before() / 8),
        String.format(Locale.ROOT, "%,d bytes", bits.after() / 8),
        "−" + percent(bits.removed()));
  }

  private static void row(StringBuilder card, String... cells) {
    card.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  private static String percent(double fraction) {
    return String.format(Locale.ROOT, "%.1f %%", 100 * fraction);
  }

  private static String decimal(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }

  /** Text that Markdown takes as text, on one line, whatever it holds. */
  private static String escaped(String text) {
    var safe = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '&' -> safe.append("&amp;");
            case '<' -> safe.append("&lt;");
            case '>' -> safe.append("&gt;");
            case '\\', '`', '*', '_', '[', ']', '|', '#', '~', '!' ->
                safe.append('\\').appendCodePoint(c);
            default ->
                safe.appendCodePoint(
                    Character.isISOControl(c) || c == '\u2028' || c == '\u2029' ? ' ' : c);
          }
        });
    return safe.toString();
  }
}
