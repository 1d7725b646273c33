package io.compot.cli;

import io.compot.evaluation.Perplexity;
import io.compot.evaluation.PerplexityProtocol;
import io.compot.evaluation.fidelity.FidelityReport;
import io.compot.result.Versions;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@code eval} measured, as its results file holds it. */
final class EvalFigures {

  private EvalFigures() {}

  /** The whole file: the figures, and what made them. */
  static Map<String, Object> file(
      Path folder, Map<String, String> digests, List<Map<String, Object>> figures) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("model", folder.toString());
    all.put("compot", Version.ofCompot());
    all.put("versions", Versions.all());
    all.put("inputs", digests);
    all.put("results", figures);
    return all;
  }

  static Map<String, Object> of(Perplexity perplexity) {
    Map<String, Object> figure = new LinkedHashMap<>();
    figure.put("name", "perplexity");
    figure.put("metric", "token_perplexity");
    figure.put("value", perplexity.value());
    putError(figure, perplexity.standardError());
    figure.put("higher_is_better", false);
    figure.put("mean_negative_log_likelihood", perplexity.meanNegativeLogLikelihood());
    figure.put("seconds", perplexity.seconds());
    figure.put("documents", perplexity.protocol().windows());
    figure.put("protocol", perplexity.protocol());
    figure.put("samples", perplexity.windowLogLikelihoods());
    return figure;
  }

  /**
   * Fidelity to another model.
   *
   * @param against digests of the other model
   * @param text what the two were compared on, as perplexity reads it
   */
  static Map<String, Object> of(
      FidelityReport report, Path original, Map<String, String> against, PerplexityProtocol text) {
    Map<String, Object> figure = new LinkedHashMap<>();
    figure.put("name", "fidelity");
    figure.put("metric", "kl_divergence");
    figure.put("value", report.klDivergence());
    putError(figure, report.klStandardError());
    figure.put("higher_is_better", false);
    figure.put("top1_agreement", report.topAgreement());
    figure.put("hidden_state_errors", report.hiddenStateErrors());
    Map<String, Object> protocol = new LinkedHashMap<>();
    protocol.put("against", original.toString());
    protocol.put("original", against);
    protocol.put("text", text.text());
    protocol.put("sha256", text.sha256());
    protocol.put("window", report.window());
    protocol.put("documents", report.windows());
    protocol.put("positions", report.positions());
    protocol.put("computation", text.computation());
    figure.put("protocol", protocol);
    figure.put("samples", report.windowDivergences());
    return figure;
  }

  private static void putError(Map<String, Object> figure, double error) {
    if (!Double.isNaN(error)) {
      figure.put("standard_error", error);
    }
  }
}
