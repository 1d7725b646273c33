package io.compot.cli;

import io.compot.Export;
import io.compot.ModelSummary;
import io.compot.error.CompotException;
import io.compot.export.ExportFormat;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/** {@code compot export}. */
@Command(
    name = "export",
    header = "Write a model in a form that other programs load.",
    description =
        "What a format has no place for is told before any work. Each format has settings of its"
            + " own; those of others are refused.",
    customSynopsis = "compot export MODEL --format NAME -o OUT [OPTIONS]",
    modelTransformer = ExportSettings.class,
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  compot export smaller --format dense -o smaller-dense",
      "  compot export my-model --format gguf --type q4_k_m -o my-model.gguf"
    })
final class ExportCommand implements Callable<Integer> {

  @Parameters(paramLabel = "MODEL", description = "Model: a folder, or a GGUF file.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "Folder for the exported model; for gguf the file.")
  private Path output;

  @Option(names = "--force", description = "Replace OUT if it is there.")
  private boolean force;

  @Option(names = "--json", description = "Print what was written as JSON and nothing else.")
  private boolean json;

  @Mixin private OutputOptions outputOptions;

  @Spec private CommandSpec spec;

  private final Screen screen;

  ExportCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws CompotException {
    Screen results = outputOptions.results(screen, json);
    ParseResult parsed = spec.commandLine().getParseResult();
    String name = ExportSettings.format(parsed);
    ExportFormat format = Export.format(name, ExportSettings.said(parsed));
    try (var progress = outputOptions.progress(screen)) {
      format.write(model, output, force, progress);
    }
    if (json) {
      Json.print(screen, json(name));
    }
    results.line("output      " + output);
    return 0;
  }

  private Map<String, Object> json(String format) throws CompotException {
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
