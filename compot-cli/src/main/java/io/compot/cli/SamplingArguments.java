package io.compot.cli;

import io.compot.GenerationOptions;
import io.compot.SamplingOptions;
import io.compot.error.UsageException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How tokens are chosen; generate and chat have these. */
final class SamplingArguments {

  private static final String OF_MODEL =
      " Default: as generation_config.json of the model says, or ";

  @Option(
      names = "--temperature",
      paramLabel = "X",
      description =
          "0 takes the most likely token each time (greedy); higher is more varied."
              + OF_MODEL
              + "0.")
  private @Nullable Double temperature;

  @Option(
      names = "--top-k",
      paramLabel = "K",
      description = "Choose from the K most likely tokens; 0: from all." + OF_MODEL + "0.")
  private @Nullable Integer topK;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      description =
          "Sample from the smallest set of tokens whose probability reaches P." + OF_MODEL + "1.")
  private @Nullable Double topP;

  @Option(
      names = "--min-p",
      paramLabel = "P",
      description =
          "Only tokens at least P times as likely as the most likely one." + OF_MODEL + "0.")
  private @Nullable Double minP;

  @Option(
      names = "--typical-p",
      paramLabel = "P",
      description =
          "The tokens whose surprise is nearest to the expected one, up to probability P."
              + OF_MODEL
              + "1.")
  private @Nullable Double typicalP;

  @Option(
      names = "--repetition-penalty",
      paramLabel = "X",
      description = "Divide logits of tokens seen so far by X." + OF_MODEL + "1.")
  private @Nullable Double repetitionPenalty;

  @Option(
      names = "--presence-penalty",
      paramLabel = "X",
      description = "Take X from logits of tokens seen so far. Default: 0.")
  private @Nullable Double presencePenalty;

  @Option(
      names = "--frequency-penalty",
      paramLabel = "X",
      description = "The same, for each time that they were seen. Default: 0.")
  private @Nullable Double frequencyPenalty;

  @Option(
      names = "--logit-bias",
      paramLabel = "ID=X",
      split = ",",
      description = "Add X to the logit of a token; -100 bans it.")
  private Map<String, String> logitBias = Map.of();

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "The same seed gives the same text. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--stop",
      paramLabel = "TEXT",
      description = "Stop in front of this text; may be given several times.")
  private List<String> stops = List.of();

  /**
   * @param maxTokens null: as the model says, or what its context holds
   */
  GenerationOptions options(@Nullable Integer maxTokens) throws UsageException {
    Map<Integer, Double> bias = new HashMap<>();
    for (var entry : logitBias.entrySet()) {
      try {
        bias.put(Integer.valueOf(entry.getKey()), Double.valueOf(entry.getValue()));
      } catch (NumberFormatException e) {
        throw new UsageException(
            "--logit-bias %s=%s: expected the id of a token and a number, such as 42=-100"
                .formatted(entry.getKey(), entry.getValue()));
      }
    }
    var sampling =
        new SamplingOptions(
            given(temperature),
            topK == null ? OptionalInt.empty() : OptionalInt.of(topK),
            given(topP),
            given(minP),
            given(typicalP),
            given(repetitionPenalty),
            given(presencePenalty),
            given(frequencyPenalty),
            bias);
    return GenerationOptions.defaults()
        .withMaxTokens(maxTokens == null ? OptionalInt.empty() : OptionalInt.of(maxTokens))
        .withSampling(sampling)
        .withSeed(seed)
        .withStops(stops, Set.of());
  }

  private static OptionalDouble given(@Nullable Double value) {
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
