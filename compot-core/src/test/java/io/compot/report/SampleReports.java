package io.compot.report;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Small results to make pages of. */
final class SampleReports {

  static final String HOSTILE = "</script><img src=x onerror=alert(1)>\u2028{{page}}${x}'\"&";

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private SampleReports() {}

  static JsonNode compression() {
    return json(
        """
        {"method": "compot", "allocation": "knapsack", "notes": ["two groups were repaired"],
         "ratio": {"requested": 0.25, "achieved": 0.26},
         "bits": {"projections": {"before": 32000, "after": 24000},
                  "model": {"before": 80000, "after": 72000},
                  "parts": {"dictionary": 9000, "values": 5000, "mask": 2000,
                            "dense_projections": 8000, "rest": 48000}},
         "perplexity": null,
         "layers": [
           {"name": "model.layers.0.attn.q_proj", "in": 20, "out": 30, "form": "sparse",
            "size": "k 8, s 4", "facts": {"k": 8, "s": 4}, "bits": 9000, "bits_by_part": {}, "ratio": 0.3, "why": "cheap",
            "relative_error": {"whitened": 0.125, "weight": 0.5}, "iterations": 2,
            "iteration_errors": [0.25, 0.125],
            "spectrum": {"size": 20, "ranks": [1, 10, 20], "values": [1.0, 0.5, 0.0]},
            "seconds": 1.5, "whitening": "cholesky"},
           {"name": "model.layers.7.attn.q_proj", "in": 20, "out": 30, "form": "low-rank",
            "size": "rank 5", "facts": {"rank": 5}, "bits": 7000, "bits_by_part": {}, "ratio": 0.2, "why": "",
            "relative_error": {"whitened": null, "weight": 0.375}, "iterations": 0,
            "iteration_errors": [], "spectrum": null, "seconds": 0.5, "whitening": "none"}],
         "dense": {"model.layers.0.mlp.up_proj": "excluded"},
         "settings": {"model": "tiny", "method": "compot", "calibration": ["a.txt", "b.txt"]},
         "inputs": {"config.json": "0123"},
         "versions": {"compot": "1"},
         "run": {"seconds_by_stage": {"check": 0.25, "compress": 2.0},
                 "peak_anonymous_bytes_by_stage": {"check": 1000, "compress": 3000},
                 "peak_anonymous_bytes": 3000}}
        """);
  }

  static JsonNode evaluation(double accuracy) {
    return json(
        """
        {"model": "some/where/tiny", "compot": "1", "versions": {"java": "25"}, "inputs": {},
         "results": [
           {"name": "perplexity", "metric": "token_perplexity", "value": 14.5, "standard_error": 0.25,
            "higher_is_better": false, "seconds": 1.5, "documents": 9,
            "protocol": {"text": "held.txt", "window": 128}},
           {"name": "piqa", "metric": "acc", "value": %s, "standard_error": 0.03125,
            "higher_is_better": true, "chance": 0.5, "documents": 60, "protocol": {"shots": 0}},
           {"name": "fidelity", "metric": "kl_divergence", "value": 0.125, "higher_is_better": false,
            "hidden_state_errors": [0, 0.125, 0.25], "protocol": {"documents": 9}}]}
        """
            .formatted(accuracy));
  }

  static JsonNode differences() {
    return json(
        """
        {"first": "a.json", "second": "b.json", "comparisons": [
          {"name": "piqa", "metric": "acc", "first": 0.75, "second": 0.625, "difference": -0.125,
           "standard_error": 0.03125, "higher_is_better": true, "more_than_noise": true},
          {"name": "perplexity", "metric": "token_perplexity", "first": 14.5, "second": 14.5,
           "difference": 0, "higher_is_better": false}]}
        """);
  }

  static JsonNode comparison() {
    return json(
        """
        {"results": [
          {"model": "tiny", "method": "original", "allocation": "", "ratio": 0, "achieved": 0,
           "bits_per_weight": 32, "tensor_bytes": 4000, "perplexity": 14.5, "log_perplexity_rise": 0,
           "kl_divergence": 0, "seconds": 0, "peak_bytes": 0},
          {"model": "tiny", "method": "compot", "allocation": "pooled", "ratio": 0.25,
           "achieved": 0.25, "bits_per_weight": 24, "tensor_bytes": 3000, "perplexity": 15.5,
           "log_perplexity_rise": 0.0625, "kl_divergence": 0.03125, "error": 0.125,
           "seconds": 2.5, "peak_bytes": 1000},
          {"model": "tiny", "method": "svd", "allocation": "uniform", "ratio": 0.25,
           "achieved": 0.25, "bits_per_weight": 24.5, "tensor_bytes": 3000, "perplexity": 19.5,
           "log_perplexity_rise": 0.25, "kl_divergence": "NaN", "error": 0.25, "seconds": 1.5,
           "peak_bytes": 2000}]}
        """);
  }

  /** The same with names that try to leave the place they are put in. */
  static JsonNode hostile() {
    String name = JSON.writeValueAsString(HOSTILE);
    return json(
        compression()
            .toString()
            .replace("\"tiny\"", name)
            .replace("\"cheap\"", name)
            .replace("\"excluded\"", name)
            .replace("model.layers.7.attn.q_proj", name.substring(1, name.length() - 1)));
  }

  static JsonNode json(String text) {
    return JSON.readTree(text);
  }

  /** Two questions about images; an image that is none of a page's own is not shown. */
  static JsonNode answeredImages() {
    String image =
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAIAAAABCAAAAADRSSBWAAAAC0lEQVR4nG"
            + "NQOAAAAQMA4TXsS9MAAAAASUVORK5CYII=";
    return json(
        """
        {"model": "seeing", "results": [{"name": "mmstar", "metric": "average", "value": 0.5,
          "higher_is_better": true, "documents": 2, "protocol": {},
          "answers": [
            {"row": 1, "images": ["%1$s"], "question": "What?", "answer": "B", "score": 1,
             "original": "B.", "original_score": 1},
            {"row": 2, "images": ["%1$s", "https://elsewhere.example/a.png", "%1$s"],
             "question": "Which <b>?", "answer": "A", "score": 0, "original": "B", "original_score": 1}]}]}
        """
            .formatted(image));
  }

  /** Two sounds as two models heard them. */
  static JsonNode transcripts() {
    return json(
        """
        {"model": "hearing", "results": [{"name": "speech", "metric": "word_error_rate", "value": 0.6,
          "higher_is_better": false, "documents": 2, "protocol": {},
          "transcripts": [
            {"audio": "b.wav", "substitutions": 0, "deletions": 0, "insertions": 0,
             "marked": "well [done]", "original": "well [done]"},
            {"audio": "a.wav", "substitutions": 1, "deletions": 1, "insertions": 1,
             "marked": "a [cat→hat] [+so] [−<i>]", "original": "a cat <i>"}]}]}
        """);
  }
}
