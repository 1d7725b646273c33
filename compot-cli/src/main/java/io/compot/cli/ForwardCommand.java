package io.compot.cli;

import io.compot.Computation;
import io.compot.Forward;
import io.compot.Model;
import io.compot.Sources;
import io.compot.SpeechModel;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
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
            + " 0, then each block's output) as F32 in one safetensors file. Positions count from 0."
            + " Of a model that hears: encoder.hidden.0 ... and decoder.hidden.0 ... Of one that sees:"
            + " vision.hidden.0 ..., vision.embeds and vision.deepstack.0 ..., and hidden_in.1 ...,"
            + " what goes into the next block.",
    customSynopsis = {
      "compot forward MODEL --tokens 1,2,3 -o OUT [OPTIONS]",
      "compot forward MODEL --inputs FILE.safetensors [--sequence NAME] -o OUT [OPTIONS]"
    },
    sortOptions = false,
    footer = {"", "Example:", "  compot forward my-model --tokens 1,17,4 -o pass.safetensors"})
final class ForwardCommand implements Callable<Integer> {

  @Parameters(paramLabel = "MODEL", description = "Folder of the model, dense or compressed.")
  private Path model;

  @Option(
      names = "--tokens",
      paramLabel = "ID",
      split = ",",
      description = "Token ids, separated by commas.")
  private List<Integer> tokens = List.of();

  @Option(
      names = "--inputs",
      paramLabel = "FILE",
      description =
          "In place of --tokens, a safetensors file with NAME.input_ids and, for a model that"
              + " hears, its log-mel spectrogram NAME.mel [mels, frames]; for one that sees,"
              + " NAME.pixel_values and NAME.image_grid_thw, as its processor makes them.")
  private @Nullable Path inputs;

  @Option(
      names = "--sequence",
      paramLabel = "NAME",
      defaultValue = "seq0",
      description = "Which sequence of --inputs. Default: ${DEFAULT-VALUE}.")
  private String sequence = "seq0";

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
    try (Forward forward = forward()) {
      forward.write(output, force);
      if (json) {
        Json.print(screen, json(forward));
      }
    }
    results.line("output      " + output);
    return 0;
  }

  private Forward forward() throws CompotException {
    if (tokens.isEmpty() == (inputs == null)) {
      throw new UsageException("give either --tokens or --inputs");
    }
    Computation computation = Computation.named(dtype);
    if (inputs != null && SpeechModel.is(model)) {
      try (SpeechModel loaded = SpeechModel.load(model, computation)) {
        return loaded.forward(inputs, sequence);
      }
    }
    try (Model loaded = Model.load(model, computation)) {
      return inputs == null ? loaded.forward(tokens) : loaded.forward(inputs, sequence);
    }
  }

  private Map<String, Object> json(Forward forward) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("output", output.toString());
    all.put("tokens", inputs == null ? tokens : sequence);
    all.put("hidden_states", forward.hidden().size());
    all.put("hidden_size", forward.width());
    all.put("vocabulary", forward.vocabulary());
    return all;
  }
}
