package io.compot.cli;

import io.compot.Compression;
import io.compot.Computation;
import io.compot.Generation;
import io.compot.GenerationOptions;
import io.compot.Model;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.evaluation.PerplexityOptions;
import io.compot.journal.Resume;
import io.compot.result.CompressionReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code compot demo}: the main job on the bundled model, as a user would do it by hand. */
@Command(
    name = "demo",
    header = "Compress, measure and run the bundled model.",
    description =
        "Takes a small language model trained on children's stories through the whole job:"
            + " perplexity, compression, perplexity again, and the same story begun by both models."
            + " Needs under two minutes on two cores and no network.",
    customSynopsis = "compot demo [--size SIZE | --ratio R] [--method NAME] [-o OUT]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  compot demo",
      "  compot demo --size 400kB",
      "  compot demo --ratio 0.4 --method svd-llm"
    })
final class DemoCommand implements Callable<Integer> {

  private static final String USUAL = "12%";
  private static final String PROMPT = "Once upon a time there was a little girl named Lily.";

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      description = "Size of the smaller model's weights, as of compress. Default: 12%%.")
  private @Nullable String size;

  @Option(
      names = "--ratio",
      paramLabel = "R",
      description = "In its place: fraction of the bits to remove from the projections.")
  private @Nullable Double ratio;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      description = "Any method of compress. Default: mix, and compot with a ratio.")
  private @Nullable String method;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "OUT",
      defaultValue = "compot-demo-output",
      description =
          "Folder for the smaller model; an earlier one is replaced. Default: ${DEFAULT-VALUE}.")
  private Path output = Path.of("compot-demo-output");

  @Mixin private OutputOptions outputOptions;

  private final Screen screen;

  DemoCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws CompotException {
    Screen results = outputOptions.results(screen, false);
    long start = System.nanoTime();
    Path demo = folder();
    Path model = demo.resolve("model");
    try (var progress = outputOptions.progress(screen)) {
      Compression compression =
          asked(Compression.of(model))
              .calibration(demo.resolve("calibration.txt"))
              .output(output)
              .force(true)
              .resume(Resume.NEVER)
              .listener(progress);
      compression.checkSettings();
      results.line("Compot demo: a language model of children's stories, made smaller.");
      results.line();
      var comparison =
          new BeforeAndAfter(
              demo.resolve("heldout.txt"),
              PerplexityOptions.defaults(),
              Computation.AUTO,
              progress);
      comparison.before(model);
      CompressionReport report = compression.run();
      report = comparison.after(output, compression, report);
      var view = new CompressionView(results);
      if (!outputOptions.quiet) {
        view.layers(report);
        results.line();
      }
      view.size(report, output);
      comparison.print(results);
      tell(results, "before", model);
      tell(results, "after", output);
      results.line();
      results.line("done in " + Quantity.time(Duration.ofNanos(System.nanoTime() - start)));
      if (!outputOptions.quiet) {
        view.next(output);
      }
      return 0;
    }
  }

  private Compression asked(Compression compression) {
    if (ratio == null && (size != null || method == null)) {
      compression.set("size", size == null ? USUAL : size);
    }
    if (ratio != null) {
      compression.ratio(ratio);
    }
    if (size != null && ratio != null) {
      compression.set("size", size); // both: refused as compress does
    }
    return method == null ? compression : compression.method(method);
  }

  private static void tell(Screen screen, String when, Path folder) throws CompotException {
    screen.line();
    screen.line(screen.bold(when + ":"));
    screen.out().print(PROMPT);
    try (Model model = Model.load(folder)) {
      Generation generation =
          model.generate(
              PROMPT,
              GenerationOptions.defaults().withMaxTokens(60).withTemperature(0),
              GenerateCommand.onto(screen));
      screen.line();
      screen.line("(" + GenerateCommand.statistics(generation) + ")");
    }
  }

  /** Where the launcher says the bundled model is. */
  private static Path folder() throws FailureException {
    @Nullable String configured = System.getProperty("compot.demo");
    Path folder = Path.of(configured == null ? "demo" : configured);
    if (!Files.isRegularFile(folder.resolve("model").resolve("config.json"))) {
      throw new FailureException(
          folder + ": the bundled model is not there; get Compot again, with its demo folder");
    }
    return folder;
  }
}
