package io.compot.cli;

import io.compot.Export;
import io.compot.ModelSummary;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compot export}. */
@Command(
    name = "export",
    header = "Write a compressed model in a form that other programs load.",
    description =
        "dense multiplies the factors out into an ordinary Hugging Face checkpoint: as large as the"
            + " original, as good as the compressed one; for checking and for tools that know only"
            + " dense weights.",
    customSynopsis = "compot export MODEL --format dense -o OUT [OPTIONS]",
    sortOptions = false,
    footer = {"", "Example:", "  compot export smaller --format dense -o smaller-dense"})
final class ExportCommand implements Callable<Integer> {

  @Parameters(paramLabel = "MODEL", description = "Folder of a model that compress wrote.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "Folder for the exported model.")
  private Path output;

  @Option(
      names = "--format",
      paramLabel = "NAME",
      defaultValue = "dense",
      description = "dense. Default: ${DEFAULT-VALUE}.")
  private String format = "dense";

  @Option(names = "--force", description = "Replace OUT if it is there.")
  private boolean force;

  @Option(names = "--json", description = "Print what was written as JSON and nothing else.")
  private boolean json;

  @Mixin private OutputOptions outputOptions;

  private final Screen screen;

  ExportCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws CompotException {
    Screen results = outputOptions.results(screen, json);
    if (!format.equals("dense")) {
      throw new UsageException("--format " + format + " is unknown; choose dense");
    }
    try (var progress = outputOptions.progress(screen)) {
      Export.dense(model, output, force, progress);
    }
    if (json) {
      Json.print(screen, json());
    }
    results.line("output      " + output);
    return 0;
  }

  private Map<String, Object> json() throws CompotException {
    ModelSummary written = ModelSummary.of(output);
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("output", output.toString());
    all.put("format", format);
    all.put("tensors", written.tensors());
    all.put("parameters", written.parameters());
    all.put("bytes", written.bytes());
    return all;
  }
}
