package io.compot.pipeline;

import java.util.Locale;

/** {@code README.md} of a compressed checkpoint: the report's facts for people. */
final class ModelCard {

  static final String NAME = "README.md";

  private ModelCard() {}

  static String text(CompressionReport report) {
    Object model = report.settings().getOrDefault("model", "a model");
    var bits = report.bits();
    var card = new StringBuilder();
    card.append("---\nbase_model: ")
        .append(model)
        .append("\ntags:\n- compot\n- compressed\n---\n\n");
    card.append("# ").append(model).append(", compressed\n\n");
    card.append(
        "Made by [Compot](https://arxiv.org/abs/2602.15200) from `%s`, without training.\n\n"
            .formatted(model));
    card.append("| | before | after | removed |\n|---|---:|---:|---:|\n");
    row(card, "chosen projections", bits.projections());
    row(card, "whole model", bits.model());
    card.append(
        String.format(
            Locale.ROOT,
            "\nMethod %s, allocation %s, ratio %.4f asked for, %.4f reached; %d projections compressed, %d left as they were.\n",
            report.method(),
            report.allocation(),
            report.ratio().requested(),
            report.ratio().achieved(),
            report.layers().size(),
            report.dense().size()));
    card.append(
        String.format(
            Locale.ROOT,
            "Mean relative error of a projection: %.4f.\n",
            report.meanRelativeError()));
    card.append("\nSettings:\n\n");
    report.settings().forEach((name, value) -> card.append("- %s: %s\n".formatted(name, value)));
    card.append(
        """

        ## How to run it

            compot generate . --prompt "Once upon a time"
            compot export . --format dense -o dense-model    # an ordinary checkpoint for other programs

        `compression-report.json` has the numbers of every projection.
        """);
    return card.toString();
  }

  private static void row(StringBuilder card, String name, BitCount bits) {
    card.append(
        String.format(
            Locale.ROOT,
            "| %s | %,d bytes | %,d bytes | %.2f %% |\n",
            name,
            bits.before() / 8,
            bits.after() / 8,
            100 * bits.removed()));
  }
}
