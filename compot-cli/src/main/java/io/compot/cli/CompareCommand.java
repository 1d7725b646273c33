package io.compot.cli;

import io.compot.comparison.ComparedModel;
import io.compot.comparison.ComparisonRecipe;
import io.compot.comparison.ComparisonResults;
import io.compot.comparison.ComparisonRun;
import io.compot.comparison.ComparisonSettings;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.progress.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code compot compare}. */
@Command(
    name = "compare",
    header = "Measure several methods, allocations and ratios on one scale of bits.",
    description = {
      "Compresses every model in every combination of method, allocation and size, measures each"
          + " on held-out text (perplexity, KL divergence to the original, size on disk) and on"
          + " tasks, and leaves the results in OUT: results.csv, results.json, results.md,"
          + " results.tex, report.html and figures (.svg), brought up to date after every"
          + " combination. The compressed models are not kept.",
      "A model is calibrated once for all its combinations. A comparison that was stopped goes on"
          + " where it was when the same command is given again; models, methods and sizes may be"
          + " added to it."
    },
    customSynopsis = {
      "compot compare MODEL --eval FILE -o OUT [--methods A,B] [--ratios R,R] [OPTIONS]",
      "compot compare --recipe FILE -o OUT"
    },
    sortOptions = false,
    modelTransformer = SettingOptions.OfComparisons.class,
    footer = {
      "",
      "Examples:",
      "  compot compare my-model --methods compot,svd-llm --ratios 0.2,0.4 \\",
      "    --calibration text.txt --eval heldout.txt -o comparison",
      "  compot compare my-model --allocations uniform,pooled \\",
      "    --calibration text.txt --eval heldout.txt -o comparison",
      "  compot compare my-model --methods gptq,trellis --width 2,3,4 --also my-model-q4.gguf \\",
      "    --calibration text.txt --eval heldout.txt -o comparison",
      "  compot compare --recipe comparison.yaml -o comparison",
      "",
      "Exit code 75: stopped by SIGINT or SIGTERM, results so far are kept."
    })
final class CompareCommand implements Callable<Integer> {

  private static final Set<String> BESIDE_RECIPE =
      Set.of("--recipe", "--output", "--json", "--verbose", "--quiet");

  @Parameters(
      paramLabel = "MODEL",
      arity = "0..1",
      description = "Folder of the model; none with --recipe.")
  private @Nullable Path model;

  @Option(
      names = "--recipe",
      paramLabel = "FILE",
      description = "YAML file that says all of this, for several models (docs/comparisons.md).")
  private @Nullable Path recipe;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "Folder for the results: a new one, or that of this comparison.")
  private Path output;

  @Option(
      names = "--eval",
      paramLabel = "FILE",
      description = "Text to measure on; not the calibration text.")
  private @Nullable Path text;

  @Option(
      names = "--window",
      paramLabel = "TOKENS",
      description = "Tokens of a held-out window. Default: the model's maximum, at most 2048.")
  private @Nullable Integer window;

  @Option(
      names = "--windows",
      paramLabel = "N",
      description = "Windows to measure on, from the start of the text. Default: all of it.")
  private @Nullable Integer windows;

  @Option(
      names = "--methods",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "compot,svd-llm,svd",
      description = "Methods, as compress names them. Default: ${DEFAULT-VALUE}.")
  private List<String> methods = List.of();

  @Option(
      names = "--allocations",
      paramLabel = "NAME",
      split = ",",
      defaultValue = "uniform",
      description =
          "Allocations, as compress names them; own: that of each method's paper."
              + " Default: ${DEFAULT-VALUE}.")
  private List<String> allocations = List.of();

  @Mixin private SizeOptions sizes;

  @Option(
      names = "--also",
      paramLabel = "PATH",
      description =
          "A model made from MODEL before, by this program or another: a folder (compressed-tensors"
              + " and GPTQ, too) or a GGUF file. It is measured as the others are. Several: repeat"
              + " the option.")
  private List<Path> also = List.of();

  @Mixin private TaskChoice tasks;

  @Mixin private FittingOptions options;

  @Option(names = "--json", description = "Print the results as JSON and nothing else.")
  private boolean json;

  @Mixin private OutputOptions outputOptions;

  @Spec private CommandSpec spec;

  private final Screen screen;

  CompareCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws CompotException {
    Screen results = outputOptions.results(screen, json);
    ComparisonSettings settings = settings();
    ComparisonResults all;
    try (var stop = StopSignals.on(screen, spec);
        var progress = outputOptions.progress(screen)) {
      var files = new ComparedFiles(output);
      all =
          new ComparisonRun(
                  settings,
                  output,
                  progress,
                  stop,
                  (now, done, of) -> {
                    files.write(now);
                    progress.on(
                        new Progress.Notice("%d of %d combinations done".formatted(done, of)));
                  })
              .run();
    }
    if (json) {
      Json.print(screen, all.json());
      return 0;
    }
    ComparedView.print(all.rows(), results);
    results.line("output  " + output);
    return 0;
  }

  private ComparisonSettings settings() throws CompotException {
    if (recipe != null) {
      for (var option : spec.commandLine().getParseResult().matchedOptions()) {
        if (!BESIDE_RECIPE.contains(option.longestName())) {
          throw new UsageException(
              option.longestName() + " is given beside --recipe; say it in the recipe");
        }
      }
      if (model != null) {
        throw new UsageException(
            "model %s is given beside --recipe; name it in the recipe".formatted(model));
      }
      return ComparisonRecipe.read(recipe);
    }
    if (model == null || text == null) {
      throw new UsageException("give a MODEL and --eval FILE to measure on, or a --recipe");
    }
    var compared =
        new ComparedModel(
            String.valueOf(model.toAbsolutePath().normalize().getFileName()),
            model,
            options.calibration,
            options.field(),
            text,
            optional(window),
            optional(windows),
            also);
    return new ComparisonSettings(
        List.of(compared),
        sizes.cells(compared.name(), methods, allocations),
        options.computation(),
        tasks.compared(),
        each -> options.of(each.folder()));
  }

  private static OptionalInt optional(@Nullable Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }
}
