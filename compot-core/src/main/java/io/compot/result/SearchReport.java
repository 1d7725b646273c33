package io.compot.result;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/**
 * How a size was found that holds a limit.
 *
 * @param limit its name: max-kl, in nats a token, or max-rise, as a part of the original's
 *     perplexity
 * @param most what may be lost
 * @param lost by the model that was kept
 * @param text on which it was measured: a file's name, or the calibration text
 * @param windows of it
 * @param window tokens of each
 * @param originalPerplexity of the original there
 * @param bits a weight of the model that was kept
 * @param tried all models that were made and measured, in that order
 */
public record SearchReport(
    String limit,
    double most,
    double lost,
    String text,
    int windows,
    int window,
    @JsonProperty("original_perplexity") double originalPerplexity,
    double bits,
    List<Tried> tried) {

  public SearchReport {
    tried = List.copyOf(tried);
  }

  /**
   * One model.
   *
   * @param bits a weight of the projections that share the budget
   * @param bytes of all tensors
   * @param klDivergence from the original, nats a token
   * @param perplexity token perplexity
   */
  public record Tried(
      double bits,
      long bytes,
      @JsonProperty("kl_divergence") double klDivergence,
      double perplexity) {}
}
