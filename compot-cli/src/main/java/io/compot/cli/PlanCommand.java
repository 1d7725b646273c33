package io.compot.cli;

import io.compot.Compression;
import io.compot.error.CompotException;
import io.compot.form.codec.Codecs;
import io.compot.plan.BitCount;
import io.compot.plan.Expectation;
import io.compot.plan.MixPart;
import io.compot.plan.Plan;
import io.compot.plan.PlannedProjection;
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
    description = {
      "Takes the options of compress. Needs seconds where shapes tell everything (allocation uniform);"
          + " other allocations read the weights, and some the calibration text."
    },
    customSynopsis = "compot plan MODEL [--ratio R] [OPTIONS]",
    sortOptions = false,
    modelTransformer = SettingOptions.All.class,
    footer = {
      "",
      "Examples:",
      "  compot plan my-model --ratio 0.4 --exclude 'layers.0.*'",
      "  compot plan my-model --ratio 0.4 --allocation pooled"
    })
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
    Plan plan;
    Expectation expected;
    try (var progress = outputOptions.progress(screen)) {
      Compression compression = options.of(model).listener(progress);
      plan = compression.plan();
      expected = compression.expect(plan);
    }
    if (json) {
      Json.print(screen, json(plan, expected));
      return 0;
    }
    var view = new CompressionView(results);
    if (!outputOptions.quiet) {
      view.plan(plan);
      results.line();
      new MixView(results).print(plan);
      results.line();
    }
    view.totals(plan);
    view.expected(expected);
    return 0;
  }

  private static Map<String, Object> json(Plan plan, Expectation expected) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("method", plan.method());
    all.put("allocation", plan.allocation());
    all.put("notes", plan.notes());
    Map<String, Double> ratio = new LinkedHashMap<>();
    ratio.put("requested", plan.requestedRatio());
    ratio.put("achieved", plan.compressed().removed());
    all.put("ratio", ratio);
    Map<String, BitCount> bits = new LinkedHashMap<>();
    bits.put("projections", plan.compressed());
    bits.put("model", plan.model());
    all.put("bits", bits);
    all.put("mix", MixPart.of(plan));
    if (plan.curve() != null) {
      all.put("curve", plan.curve());
    }
    all.put("expected", expected);
    all.put("layers", plan.projections().stream().map(PlanCommand::json).toList());
    return all;
  }

  private static Map<String, Object> json(PlannedProjection each) {
    Map<String, Object> layer = new LinkedHashMap<>();
    layer.put("name", each.name());
    layer.put("stack", each.place().stack());
    layer.put("block", each.place().block());
    layer.put("in", each.in());
    layer.put("out", each.out());
    layer.put("dtype", String.valueOf(each.dtype()));
    layer.put("stored", String.valueOf(each.stored()));
    layer.put("method", each.method());
    each.form()
        .ifPresent(size -> {
          layer.put("form", Codecs.id(size));
          layer.put("size", size.words());
          layer.put("facts", Codecs.facts(size));
        });
    var bits = new BitCount(each.bitsBefore(), each.bitsAfter());
    layer.put("bits", bits);
    layer.put("ratio", bits.removed());
    layer.put("why", each.choice().orElse(""));
    each.dense().ifPresent(reason -> layer.put("dense", reason));
    return layer;
  }
}
