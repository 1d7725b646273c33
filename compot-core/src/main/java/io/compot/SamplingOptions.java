package io.compot;

import io.compot.error.UsageException;
import io.compot.generation.SamplingSettings;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How tokens are chosen. What is not set is as the model's {@code generation_config.json} says, or
 * off; see {@link SamplingSettings} for what each means.
 *
 * @param logitBias what is added to logits, by token; -100 bans a token
 */
public record SamplingOptions(
    OptionalDouble temperature,
    OptionalInt topK,
    OptionalDouble topP,
    OptionalDouble minP,
    OptionalDouble typicalP,
    OptionalDouble repetitionPenalty,
    OptionalDouble presencePenalty,
    OptionalDouble frequencyPenalty,
    Map<Integer, Double> logitBias) {

  public SamplingOptions {
    logitBias = Map.copyOf(logitBias);
  }

  /** Everything as the model's makers recommend. */
  public static SamplingOptions ofModel() {
    var unset = OptionalDouble.empty();
    return new SamplingOptions(
        unset, OptionalInt.empty(), unset, unset, unset, unset, unset, unset, Map.of());
  }

  public SamplingOptions withTemperature(double value) {
    return new SamplingOptions(
        OptionalDouble.of(value),
        topK,
        topP,
        minP,
        typicalP,
        repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
        logitBias);
  }

  public SamplingOptions withTopP(double value) {
    return new SamplingOptions(
        temperature,
        topK,
        OptionalDouble.of(value),
        minP,
        typicalP,
        repetitionPenalty,
        presencePenalty,
        frequencyPenalty,
        logitBias);
  }

  /**
   * These settings over others.
   *
   * @param below what holds where nothing is set
   * @throws UsageException naming the setting that is out of range
   */
  public SamplingSettings over(SamplingSettings below) throws UsageException {
    check("temperature", temperature, 0, Double.MAX_VALUE, "a number of at least 0");
    check("top-p", topP, Double.MIN_VALUE, 1, "above 0 and at most 1");
    check("min-p", minP, 0, 1, "from 0 to 1");
    check("typical-p", typicalP, Double.MIN_VALUE, 1, "above 0 and at most 1");
    check("repetition penalty", repetitionPenalty, Double.MIN_VALUE, Double.MAX_VALUE, "above 0");
    check("presence penalty", presencePenalty, -100, 100, "from -100 to 100");
    check("frequency penalty", frequencyPenalty, -100, 100, "from -100 to 100");
    if (topK.orElse(0) < 0) {
      throw new UsageException("top-k %d is not at least 0".formatted(topK.getAsInt()));
    }
    for (var entry : logitBias.entrySet()) {
      if (!Double.isFinite(entry.getValue())) {
        throw new UsageException(
            "the logit bias of token %d is no number".formatted(entry.getKey()));
      }
    }
    return new SamplingSettings(
        logitBias.isEmpty() ? below.logitBias() : logitBias,
        repetitionPenalty.orElse(below.repetitionPenalty()),
        presencePenalty.orElse(below.presencePenalty()),
        frequencyPenalty.orElse(below.frequencyPenalty()),
        temperature.orElse(below.temperature()),
        topK.orElse(below.topK()),
        topP.orElse(below.topP()),
        minP.orElse(below.minP()),
        typicalP.orElse(below.typicalP()));
  }

  private static void check(
      String what, OptionalDouble value, double from, double to, String allowed)
      throws UsageException {
    if (value.isPresent() && !(value.getAsDouble() >= from && value.getAsDouble() <= to)) {
      throw new UsageException("%s %s is not %s".formatted(what, value.getAsDouble(), allowed));
    }
  }
}
