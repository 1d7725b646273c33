package io.compot.cli;

import io.compot.error.CompotException;
import io.compot.factor.LowRankSize;
import io.compot.factor.SparseSize;
import io.compot.pipeline.BitCount;
import io.compot.pipeline.Plan;
import io.compot.pipeline.PlannedProjection;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compot plan}. */
@Command(
    name = "plan",
    header = "Show what compress would do, layer by layer, before any work.",
    description = "Takes the options of compress; reads shapes only, so it needs seconds.",
    customSynopsis = "compot plan MODEL [--ratio R] [OPTIONS]",
    sortOptions = false,
    footer = {"", "Example:", "  compot plan my-model --ratio 0.4 --exclude 'layers.0.*'"})
final class PlanCommand implements Callable<Integer> {

  @Parameters(paramLabel = "MODEL", description = "Folder of the model.")
  private Path model;

  @Mixin private CompressionOptions options;

  @Option(names = "--json", description = "Print the plan as JSON and nothing else.")
  private boolean json;

  @Mixin private OutputOptions outputOptions;

  private final Screen screen;

  PlanCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws CompotException {
    Screen results = outputOptions.results(screen, json);
    Plan plan = options.of(model).plan();
    if (json) {
      Json.print(screen, json(plan));
      return 0;
    }
    var view = new CompressionView(results);
    if (!outputOptions.quiet) {
      view.plan(plan);
      results.line();
    }
    view.totals(plan);
    return 0;
  }

  private static Map<String, Object> json(Plan plan) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("method", plan.method());
    all.put(
        "ratio",
        Map.of("requested", plan.requestedRatio(), "achieved", plan.compressed().removed()));
    Map<String, BitCount> bits = new LinkedHashMap<>();
    bits.put("projections", plan.compressed());
    bits.put("model", plan.model());
    all.put("bits", bits);
    all.put("layers", plan.projections().stream().map(PlanCommand::json).toList());
    return all;
  }

  private static Map<String, Object> json(PlannedProjection each) {
    Map<String, Object> layer = new LinkedHashMap<>();
    layer.put("name", each.name());
    layer.put("block", each.block());
    layer.put("in", each.in());
    layer.put("out", each.out());
    layer.put("dtype", String.valueOf(each.dtype()));
    layer.put("stored", String.valueOf(each.stored()));
    each.size()
        .ifPresent(size -> {
          switch (size) {
            case SparseSize(long k, long s) -> {
              layer.put("k", k);
              layer.put("s", s);
            }
            case LowRankSize(long rank) -> layer.put("rank", rank);
          }
        });
    layer.put("bits", new BitCount(each.bitsBefore(), each.bitsAfter()));
    if (!each.compressed()) {
      layer.put("dense", each.denseReason());
    }
    return layer;
  }
}
