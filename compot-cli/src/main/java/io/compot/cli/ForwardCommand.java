package io.compot.cli;

import io.compot.Computation;
import io.compot.Forward;
import io.compot.Model;
import io.compot.Sources;
import io.compot.error.CompotException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compot forward}. */
@Command(
    name = "forward",
    header = "Write one forward pass's logits and hidden states.",
    description =
        "For comparing with other runtimes: logits [T, V] and hidden.0 ... hidden.N (input of block"
            + " 0, then each block's output) as F32 in one safetensors file. Positions count from 0.",
    customSynopsis = "compot forward MODEL --tokens 1,2,3 -o OUT [OPTIONS]",
    sortOptions = false,
    footer = {"", "Example:", "  compot forward my-model --tokens 1,17,4 -o pass.safetensors"})
final class ForwardCommand implements Callable<Integer> {

  @Parameters(paramLabel = "MODEL", description = "Folder of the model, dense or compressed.")
  private Path model;

  @Option(
      names = "--tokens",
      paramLabel = "ID",
      split = ",",
      required = true,
      description = "Token ids, separated by commas.")
  private List<Integer> tokens = List.of();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "The safetensors file to write.")
  private Path output;

  @Option(
      names = "--dtype",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "Compute in auto (bf16 for models stored in bf16, else f32), f32 or bf16."
              + " Default: ${DEFAULT-VALUE}.")
  private String dtype = "auto";

  @Option(names = "--force", description = "Replace OUT if it is there.")
  private boolean force;

  @Option(
      names = "--json",
      description = "Print what was written as JSON, tensors and shapes, and nothing else.")
  private boolean json;

  @Mixin private OutputOptions outputOptions;

  private final Screen screen;

  ForwardCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws CompotException {
    Screen results = outputOptions.results(screen, json);
    Sources.of(model).requireNot(output);
    try (Model loaded = Model.load(model, Computation.named(dtype));
        Forward forward = loaded.forward(tokens)) {
      forward.write(output, force);
      if (json) {
        Json.print(screen, json(forward));
      }
    }
    results.line("output      " + output);
    return 0;
  }

  private Map<String, Object> json(Forward forward) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("output", output.toString());
    all.put("tokens", tokens);
    all.put("hidden_states", forward.hidden().size());
    all.put("hidden_size", forward.width());
    all.put("vocabulary", forward.vocabulary());
    return all;
  }
}
