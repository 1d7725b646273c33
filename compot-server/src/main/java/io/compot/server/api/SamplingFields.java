package io.compot.server.api;

import io.compot.GenerationOptions;
import io.compot.SamplingOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/** What both kinds of requests say of how tokens are chosen. */
final class SamplingFields {

  private static final int MOST_BIASES = 1024;
  private static final int MOST_STOPS = 32;
  private static final double LARGE = 1e6;

  private SamplingFields() {}

  /**
   * Reads them.
   *
   * @param maxTokens most tokens of the answer; empty where there may be as many as can be
   */
  static GenerationOptions read(Fields fields, OptionalInt maxTokens, ServingLimits limits)
      throws ApiException {
    var unset = OptionalDouble.empty();
    OptionalDouble repetition = fields.number("repetition_penalty", 1e-6, LARGE);
    var sampling =
        new SamplingOptions(
            fields.number("temperature", 0, LARGE),
            topK(fields),
            fields.number("top_p", 1e-9, 1),
            fields.number("min_p", 0, 1),
            fields.has("typical_p") ? fields.number("typical_p", 1e-9, 1) : unset,
            repetition.isPresent() ? repetition : fields.number("repeat_penalty", 1e-6, LARGE),
            fields.number("presence_penalty", -2, 2),
            fields.number("frequency_penalty", -2, 2),
            biases(fields));
    return GenerationOptions.defaults()
        .withMaxTokens(maxTokens)
        .withSampling(sampling)
        .withSeed(
            fields.has("seed")
                ? fields.wide("seed").orElseThrow()
                : ThreadLocalRandom.current().nextLong())
        .withStops(stops(fields), Set.of())
        .withChoices(fields.integer("n", 1, limits.choices()).orElse(1));
  }

  /** Both 0 and -1 mean all, the one to transformers and the other to vLLM. */
  private static OptionalInt topK(Fields fields) throws ApiException {
    OptionalInt given = fields.integer("top_k", -1, Integer.MAX_VALUE);
    return given.isPresent() ? OptionalInt.of(Math.max(0, given.getAsInt())) : given;
  }

  private static List<String> stops(Fields fields) throws ApiException {
    Object stop = fields.value("stop");
    List<?> given =
        switch (stop) {
          case null -> List.of();
          case String text -> List.of(text);
          case List<?> list -> list;
          default -> throw fields.wrong("stop", "a text or a list of texts");
        };
    List<String> texts = new ArrayList<>();
    for (Object each : given) {
      if (!(each instanceof String text) || text.isEmpty() || given.size() > MOST_STOPS) {
        throw fields.wrong("stop", "at most %d texts, none of them empty".formatted(MOST_STOPS));
      }
      texts.add(text);
    }
    return texts;
  }

  private static Map<Integer, Double> biases(Fields fields) throws ApiException {
    Map<Integer, Double> biases = new HashMap<>();
    if (fields.has("logit_bias")) {
      Map<?, ?> given = fields.object("logit_bias").orElseThrow().plain();
      for (var entry : given.entrySet()) {
        try {
          int token = Integer.parseInt(String.valueOf(entry.getKey()));
          if (entry.getValue() instanceof Number bias
              && Math.abs(bias.doubleValue()) <= 100
              && token >= 0
              && given.size() <= MOST_BIASES) {
            biases.put(token, bias.doubleValue());
            continue;
          }
        } catch (NumberFormatException e) {
          // as what is out of range
        }
        throw ApiException.bad(
            "logit_bias",
            "logit_bias: has to be an object of at most %d ids of tokens with numbers from -100 to 100"
                .formatted(MOST_BIASES));
      }
    }
    return biases;
  }
}
