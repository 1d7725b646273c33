package io.compot.cli;

import io.compot.ModelSummary;
import io.compot.error.CompotException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compot inspect}. */
@Command(
    name = "inspect",
    header = "Check a model folder whole, and show what is in it.",
    description =
        "Reads every file: configuration, every tensor's place, type, shape and values, tokenizer."
            + " Exit code 0: the other commands can work with it; 3: they cannot, and the one line"
            + " of error says why and what to do.",
    customSynopsis = "compot inspect MODEL [--json]",
    sortOptions = false,
    footer = {"", "Examples:", "  compot inspect my-model", "  compot inspect smaller --json"})
final class InspectCommand implements Callable<Integer> {

  @Parameters(paramLabel = "MODEL", description = "Folder of the model, dense or compressed.")
  private Path model;

  @Option(names = "--json", description = "Print the facts as JSON and nothing else.")
  private boolean json;

  @Mixin private OutputOptions outputOptions;

  private final Screen screen;

  InspectCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws CompotException {
    Screen results = outputOptions.results(screen, json);
    ModelSummary summary = ModelSummary.of(model);
    if (json) {
      Json.print(screen, summary);
      return 0;
    }
    facts(results, summary);
    if (!outputOptions.quiet) {
      results.line();
      table(summary).print(results);
    }
    return 0;
  }

  private static void facts(Screen screen, ModelSummary summary) {
    screen.line("model       " + summary.folder());
    screen.line(
        "family      %s, %d blocks, hidden %d, vocabulary %d, window %d"
            .formatted(
                summary.modelType(),
                summary.blocks(),
                summary.hidden(),
                summary.vocabulary(),
                summary.window()));
    screen.line(
        "tensors     %d, %s parameters, %s (%s)"
            .formatted(
                summary.tensors(),
                Quantity.count(summary.parameters()),
                Quantity.bytes(summary.bytes()),
                summary.dtypes().entrySet().stream()
                    .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                    .map(each -> each.getKey() + " " + Quantity.bytes(each.getValue()))
                    .collect(Collectors.joining(", "))));
    var compression = summary.compression();
    screen.line(
        "compressed  "
            + (compression == null
                ? "no"
                : "%s, ratio %s (%s format, version %d)"
                    .formatted(
                        compression.method(),
                        compression.ratio(),
                        compression.format(),
                        compression.version())));
  }

  /** Projections of one shape and form share a row: models have hundreds, of a few kinds. */
  private static TextTable table(ModelSummary summary) {
    Map<String, Group> groups = new LinkedHashMap<>();
    for (ModelSummary.StoredProjection each : summary.projections()) {
      var group = groups.computeIfAbsent(key(each), _ -> new Group(each));
      group.count++;
      group.bits += each.bits();
    }
    var table =
        new TextTable(
            "projection", ">count", ">out x in", "type", "stored as", ">size", ">of dense");
    for (Group group : groups.values()) {
      ModelSummary.StoredProjection first = group.first;
      table.row(
          shortName(first.name()),
          Integer.toString(group.count),
          first.out() + " x " + first.in(),
          first.dtype(),
          form(first),
          Quantity.bits(group.bits),
          Quantity.percent((double) group.bits / (group.count * (double) first.denseBits())));
    }
    return table;
  }

  private static String key(ModelSummary.StoredProjection each) {
    return String.join(
        "|", shortName(each.name()), each.out() + "x" + each.in(), each.dtype(), form(each));
  }

  /** The name within its block. */
  private static String shortName(String name) {
    return name.replaceFirst("^.*\\.\\d+\\.", "");
  }

  private static String form(ModelSummary.StoredProjection each) {
    return each.size().isEmpty() ? each.form() : each.form() + ", " + each.size();
  }

  /** Projections that differ in their block only. */
  private static final class Group {
    private final ModelSummary.StoredProjection first;
    private int count;
    private long bits;

    Group(ModelSummary.StoredProjection first) {
      this.first = first;
    }
  }
}
