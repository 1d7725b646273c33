package io.compot.cli;

import io.compot.Computation;
import io.compot.Generation;
import io.compot.GenerationOptions;
import io.compot.Model;
import io.compot.error.CompotException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compot generate}. */
@Command(
    name = "generate",
    header = "Let a model continue a prompt.",
    description = "Prints the continuation as it comes, without the prompt.",
    customSynopsis = "compot generate MODEL --prompt TEXT [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  compot generate smaller --prompt \"Once upon a time\"",
      "  compot generate smaller --prompt \"Tom had a\" --temperature 0.8 --top-p 0.95 --seed 7"
    })
final class GenerateCommand implements Callable<Integer> {

  @Parameters(paramLabel = "MODEL", description = "Folder of the model, dense or compressed.")
  private Path model;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      required = true,
      description = "What the model continues.")
  private String prompt;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "128",
      description =
          "Stop after so many tokens, if the model does not end before."
              + " Default: ${DEFAULT-VALUE}.")
  private int maxTokens;

  @Option(
      names = "--temperature",
      paramLabel = "X",
      defaultValue = "0",
      description =
          "0 takes the most likely token each time (greedy); higher is more varied."
              + " Default: ${DEFAULT-VALUE}.")
  private double temperature;

  @Option(
      names = "--top-p",
      paramLabel = "P",
      defaultValue = "1",
      description =
          "Sample from the smallest set of tokens whose probability reaches P."
              + " Default: ${DEFAULT-VALUE}.")
  private double topP;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "0",
      description = "The same seed gives the same text. Default: ${DEFAULT-VALUE}.")
  private long seed;

  @Option(
      names = "--dtype",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "Compute in auto (bf16 for models stored in bf16, else f32), f32 or bf16."
              + " Default: ${DEFAULT-VALUE}.")
  private String dtype = "auto";

  @Option(
      names = "--json",
      description = "Print text and tokens as JSON when done, and nothing else.")
  private boolean json;

  @Mixin private OutputOptions outputOptions;

  private final Screen screen;

  GenerateCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws CompotException {
    Screen results = outputOptions.results(screen, json);
    var options = new GenerationOptions(maxTokens, temperature, topP, seed);
    try (Model loaded = Model.load(model, Computation.named(dtype))) {
      Generation generation = loaded.generate(prompt, options, onto(results));
      results.line();
      if (json) {
        Json.print(screen, json(generation));
      } else if (!outputOptions.quiet) {
        screen.err().println(statistics(generation));
      }
      return 0;
    }
  }

  /** Shows each piece of text at once. */
  static Consumer<String> onto(Screen screen) {
    return piece -> {
      screen.out().print(piece);
      screen.out().flush();
    };
  }

  static String statistics(Generation generation) {
    return "%d tokens, %.0f tokens/s, %s"
        .formatted(
            generation.tokens().size(),
            generation.tokensPerSecond(),
            generation.ended() ? "ended by the model" : "stopped at the limit");
  }

  private Map<String, Object> json(Generation generation) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("prompt", prompt);
    all.put("text", generation.text());
    all.put("prompt_tokens", generation.promptTokens());
    all.put("tokens", generation.tokens());
    all.put("ended", generation.ended());
    all.put("tokens_per_second", generation.tokensPerSecond());
    return all;
  }
}
