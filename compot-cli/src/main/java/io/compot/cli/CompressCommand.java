package io.compot.cli;

import io.compot.Compression;
import io.compot.Destination;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.evaluation.PerplexityOptions;
import io.compot.journal.Resume;
import io.compot.result.CompressionReport;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code compot compress}. */
@Command(
    name = "compress",
    header = "Make a model smaller.",
    description = {
      "Replaces the projections of every block by smaller factors, chosen so that the model's"
          + " activations on the calibration text change least. Nothing is trained. The output is a"
          + " folder that the other commands run as it is; it appears whole or not at all."
    },
    customSynopsis = "compot compress MODEL -o OUT [--ratio R] [--calibration FILE] [OPTIONS]",
    sortOptions = false,
    modelTransformer = SettingOptions.All.class,
    footer = {
      "",
      "Examples:",
      "  compot compress my-model -o smaller --ratio 0.2 --calibration text.txt",
      "  compot compress my-model -o smaller --ratio 0.4 --calibration c4.jsonl --eval heldout.txt",
      "  compot compress my-model -o smaller --ratio 0.4 --allocation pooled --calibration text.txt",
      "  compot compress my-model -o smaller --ratio 0.3 --method svd",
      "  compot compress my-model -o smaller --recipe recipe.yaml",
      "  compot compress my-model -o smaller.gguf --for gguf --bits 4.8 --calibration text.txt",
      "",
      "Written beside the weights: compression-report.json (every number), report.html (the same to"
          + " look at) and README.md (a model card)."
    })
final class CompressCommand implements Callable<Integer> {

  @Parameters(paramLabel = "MODEL", description = "Folder of the model to compress.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "Folder for the smaller model.")
  private Path output;

  @Option(names = "--force", description = "Replace OUT if it is there.")
  private boolean force;

  @Option(
      names = "--resume",
      paramLabel = "WHEN",
      defaultValue = "auto",
      description = {
        "What becomes of unfinished work that was stopped or killed. auto: go on with it if there is"
            + " any; required: go on with it, or fail; never: throw it away. It lies beside OUT, in"
            + " a hidden folder, until OUT is there. Default: ${DEFAULT-VALUE}."
      })
  private String resume = "auto";

  @Option(
      names = "--for",
      paramLabel = "PROGRAM",
      description = {
        "Write OUT as another program reads it, from methods and widths that its format holds: gguf"
            + " (one file for llama.cpp; 4, 5 and 8 bits), vllm (a folder of compressed-tensors; 4 and"
            + " 8 bits), mlx (a folder for MLX; 2 to 6 and 8 bits) or transformers (packed as it is, any method, with a Python file that runs"
            + " it). Default: packed for Compot, which export turns into others."
      })
  private @Nullable String destination;

  @Mixin private CompressionOptions options;

  @Option(
      names = "--eval",
      paramLabel = "FILE",
      description =
          "Measure token perplexity on this text before and after, and show how both models go on"
              + " with its beginning.")
  private @Nullable Path text;

  @Option(names = "--json", description = "Print the report as JSON and nothing else.")
  private boolean json;

  @Mixin private OutputOptions outputOptions;

  @Spec private CommandSpec spec;

  private final Screen screen;

  private Elsewhere elsewhere = compression -> compression;

  CompressCommand(Screen screen) {
    this.screen = screen;
  }

  /** The same, done elsewhere. */
  CompressCommand(Screen screen, Elsewhere elsewhere) {
    this(screen);
    this.elsewhere = elsewhere;
  }

  @Override
  public Integer call() throws CompotException {
    Screen results = outputOptions.results(screen, json);
    try (var progress = outputOptions.progress(screen);
        var stop = StopSignals.on(screen, spec)) {
      Compression compression =
          options
              .of(model)
              .output(output)
              .force(force)
              .keeping(text == null ? new Path[0] : new Path[] {text})
              .resume(Resume.named(resume))
              .stop(stop)
              .listener(progress);
      if (destination != null) {
        compression.destination(Destination.named(destination));
        if (text != null) {
          throw new UsageException(
              "--eval adds to a packed folder's report, which is not what --for writes; leave it out,"
                  + " and run compot eval %s --perplexity %s".formatted(output, text));
        }
      }
      compression.checkSettings();
      var comparison =
          text == null
              ? null
              : new BeforeAndAfter(
                  text, PerplexityOptions.defaults(), options.computation(), progress);
      if (comparison != null) {
        // What would stop the compression is found before the original is measured, not after.
        comparison.check(model);
        compression.check();
        comparison.before(model);
      }
      CompressionReport report = elsewhere.of(compression).run();
      if (comparison != null) {
        report = comparison.after(output, compression, report);
      }
      if (json) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("output", output.toString());
        all.put("report", report);
        if (comparison != null) {
          all.put("perplexity", comparison.json());
        }
        Json.print(screen, all);
        return 0;
      }
      var view = new CompressionView(results);
      if (!outputOptions.quiet) {
        view.layers(report);
        results.line();
      }
      view.size(report, output);
      if (comparison != null) {
        comparison.print(results);
      }
      if (!outputOptions.quiet) {
        view.next(output);
      }
      return 0;
    }
  }
}
