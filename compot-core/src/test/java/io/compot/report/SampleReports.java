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
           {"name": "model.layers.0.attn.q_proj", "in": 20, "out": 30, "k": 8, "s": 4, "rank": null,
            "nonzeros": 120, "bits": 9000, "bits_by_part": {}, "ratio": 0.3, "why": "cheap",
            "relative_error": {"whitened": 0.125, "weight": 0.5}, "iterations": 2,
            "iteration_errors": [0.25, 0.125],
            "spectrum": {"size": 20, "ranks": [1, 10, 20], "values": [1.0, 0.5, 0.0]},
            "seconds": 1.5, "whitening": "cholesky"},
           {"name": "model.layers.7.attn.q_proj", "in": 20, "out": 30, "k": null, "s": null,
            "rank": 5, "nonzeros": null, "bits": 7000, "bits_by_part": {}, "ratio": 0.2, "why": "",
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
}
