package io.compot.cli;

import io.compot.comparison.Cell;
import io.compot.comparison.ComparedModel;
import io.compot.comparison.ComparisonRecipe;
import io.compot.comparison.ComparisonRow;
import io.compot.comparison.ComparisonRun;
import io.compot.comparison.ComparisonSettings;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.progress.Progress;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
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
      "Compresses every model in every combination of method, allocation and ratio, measures each"
          + " on held-out text (perplexity, KL divergence to the original, size on disk), and leaves"
          + " the results in OUT: results.csv, results.json, results.tex, report.html, perplexity.svg and divergence.svg,"
          + " brought up to date after every combination. The compressed models are not kept.",
      "A model is calibrated once for all its combinations. A comparison that was stopped goes on"
          + " where it was when the same command is given again; models, methods and ratios may be"
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

  @Option(
      names = "--ratios",
      paramLabel = "R",
      split = ",",
      defaultValue = "0.2,0.4",
      description = "Fractions of the bits to remove. Default: ${DEFAULT-VALUE}.")
  private List<Double> ratios = List.of();

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
    List<ComparisonRow> rows;
    try (var stop = StopSignals.on(screen, spec);
        var progress = outputOptions.progress(screen)) {
      var files = new ComparedFiles(output);
      rows =
          new ComparisonRun(
                  settings,
                  output,
                  progress,
                  stop,
                  (now, done, all) -> {
                    files.write(now);
                    progress.on(
                        new Progress.Notice("%d of %d combinations done".formatted(done, all)));
                  })
              .run();
    }
    if (json) {
      Json.print(screen, ComparedFiles.json(rows));
      return 0;
    }
    table(results, rows);
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
            optional(windows));
    List<Cell> cells =
        methods.stream()
            .flatMap(method ->
                allocations.stream()
                    .flatMap(allocation ->
                        ratios.stream()
                            .map(ratio -> Cell.of(compared.name(), method, allocation, ratio))))
            .distinct()
            .toList();
    return new ComparisonSettings(
        List.of(compared), cells, options.computation(), each -> options.of(each.folder()));
  }

  private static OptionalInt optional(@Nullable Integer value) {
    return value == null ? OptionalInt.empty() : OptionalInt.of(value);
  }

  private static void table(Screen results, List<ComparisonRow> rows) {
    String model = "";
    TextTable table = null;
    for (ComparisonRow row : rows) {
      if (table == null || !row.model().equals(model)) {
        print(table, results);
        model = row.model();
        table =
            new TextTable(
                model,
                "allocation",
                ">ratio",
                ">bits a weight",
                ">model",
                ">mean error",
                ">perplexity",
                ">±",
                ">KL divergence",
                ">±",
                ">top-1",
                ">seconds");
      }
      table.row(
          row.method(),
          row.allocation(),
          row.original() ? "" : Double.toString(row.ratio()),
          String.format(Locale.ROOT, "%.3f", row.bitsPerWeight()),
          Quantity.bits(row.tensorBytes() * 8),
          row.original() ? "" : Quantity.error(row.error()),
          Quantity.perplexity(row.perplexity()),
          error(row.perplexityStandardError(), "%.2f"),
          row.original() ? "" : String.format(Locale.ROOT, "%.5f", row.klDivergence()),
          row.original() ? "" : error(row.klStandardError(), "%.5f"),
          row.original() ? "" : String.format(Locale.ROOT, "%.3f", row.topAgreement()),
          row.original() ? "" : String.format(Locale.ROOT, "%.1f", row.seconds()));
    }
    print(table, results);
  }

  private static String error(double value, String format) {
    return value > 0 && Double.isFinite(value) ? String.format(Locale.ROOT, format, value) : "";
  }

  private static void print(@Nullable TextTable table, Screen results) {
    if (table != null) {
      table.print(results);
      results.line();
    }
  }
}
