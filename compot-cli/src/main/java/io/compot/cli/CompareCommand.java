package io.compot.cli;

import io.compot.Compression;
import io.compot.Model;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.evaluation.Perplexity;
import io.compot.evaluation.PerplexityOptions;
import io.compot.evaluation.PerplexityProtocol;
import io.compot.pipeline.CompressionReport;
import io.compot.pipeline.PlannedProjection;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compot compare}. */
@Command(
    name = "compare",
    header = "Measure several methods, allocations and ratios on one scale of bits.",
    description = {
      "Compresses the model in every combination, measures the perplexity of each, and leaves the"
          + " results in OUT: results.csv, results.json and perplexity.png, brought up to date"
          + " after every combination. The compressed models are not kept.",
      "Every combination goes through the same calibration windows, for itself."
    },
    customSynopsis =
        "compot compare MODEL --eval FILE -o OUT [--methods A,B] [--ratios R,R] [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  compot compare my-model --methods compot,svd-llm --ratios 0.2,0.4 \\",
      "    --calibration text.txt --eval heldout.txt -o comparison",
      "  compot compare my-model --allocations uniform,pooled \\",
      "    --calibration text.txt --eval heldout.txt -o comparison"
    })
final class CompareCommand implements Callable<Integer> {

  @Parameters(paramLabel = "MODEL", description = "Folder of the model.")
  private Path model;

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "OUT",
      description = "New folder for the results.")
  private Path output;

  @Option(
      names = "--eval",
      required = true,
      paramLabel = "FILE",
      description = "Text to measure token perplexity on; not the calibration text.")
  private Path text;

  @Option(
      names = "--window",
      paramLabel = "TOKENS",
      description = "Tokens of a perplexity window. Default: the model's maximum, at most 2048.")
  private @Nullable Integer window;

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
      description = "Allocations, as compress names them. Default: ${DEFAULT-VALUE}.")
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

  private final Screen screen;

  CompareCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws CompotException {
    Screen results = outputOptions.results(screen, json);
    for (Combination each : combinations()) {
      compression(each).check();
    }
    ComparedFiles files;
    try (var progress = outputOptions.progress(screen)) {
      ComparedFiles.prepare(output);
      Perplexity dense = perplexity(model, progress);
      files = new ComparedFiles(output, settings(dense.protocol()));
      for (Combination each : combinations()) {
        long start = System.nanoTime();
        CompressionReport report = compression(each).output(files.model()).listener(progress).run();
        double seconds = (System.nanoTime() - start) / 1e9;
        if (files.rows().isEmpty()) {
          files.add(original(report, dense));
        }
        Perplexity perplexity = perplexity(files.model(), progress);
        files.removeModel();
        files.add(row(each, report, perplexity, seconds));
      }
    }
    if (json) {
      Json.print(screen, files.json());
      return 0;
    }
    table(results, files.rows());
    results.line("output  " + output);
    return 0;
  }

  /** One model to make. */
  private record Combination(String method, String allocation, double ratio) {}

  private List<Combination> combinations() {
    return methods.stream()
        .flatMap(method ->
            allocations.stream()
                .flatMap(allocation ->
                    ratios.stream().map(ratio -> new Combination(method, allocation, ratio))))
        .distinct()
        .toList();
  }

  private Compression compression(Combination each) throws UsageException {
    return options
        .of(model)
        .method(each.method())
        .allocation(each.allocation())
        .ratio(each.ratio());
  }

  private Perplexity perplexity(Path folder, ProgressView progress) throws CompotException {
    PerplexityOptions defaults = PerplexityOptions.defaults();
    try (Model loaded = Model.load(folder, options.computation())) {
      return loaded.evaluate(
          text, window == null ? defaults : defaults.withWindow(window), progress);
    }
  }

  private static ComparedRow original(CompressionReport report, Perplexity perplexity) {
    return new ComparedRow(
        ComparedRow.ORIGINAL,
        "",
        0,
        0,
        report.bits().projections().before() / (double) weights(report),
        report.bits().model().before() / 8,
        0,
        perplexity.value(),
        0);
  }

  private static ComparedRow row(
      Combination each, CompressionReport report, Perplexity perplexity, double seconds) {
    return new ComparedRow(
        each.method(),
        each.allocation(),
        each.ratio(),
        report.ratio().achieved(),
        report.bits().projections().after() / (double) weights(report),
        report.bits().model().after() / 8,
        report.meanRelativeError(),
        perplexity.value(),
        seconds);
  }

  private static long weights(CompressionReport report) {
    return report.plan().projections().stream()
        .filter(PlannedProjection::chosen)
        .mapToLong(projection -> projection.in() * projection.out())
        .sum();
  }

  private Map<String, Object> settings(PerplexityProtocol protocol) {
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("model", String.valueOf(model.toAbsolutePath().normalize().getFileName()));
    settings.put("text", String.valueOf(text.getFileName()));
    settings.put("protocol", protocol);
    settings.put("seed", options.seed);
    return settings;
  }

  private void table(Screen results, List<ComparedRow> rows) {
    var table =
        new Table(
            "method",
            "allocation",
            ">ratio",
            ">bits a weight",
            ">model",
            ">mean error",
            ">perplexity",
            ">seconds");
    for (ComparedRow row : rows) {
      table.row(
          row.method(),
          row.allocation(),
          row.original() ? "" : Double.toString(row.ratio()),
          String.format(Locale.ROOT, "%.3f", row.bitsPerWeight()),
          Quantity.bits(row.modelBytes() * 8),
          row.original() ? "" : Quantity.error(row.error()),
          Quantity.perplexity(row.perplexity()),
          row.original() ? "" : String.format(Locale.ROOT, "%.1f", row.seconds()));
    }
    table.print(results);
  }
}
