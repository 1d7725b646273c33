package io.compot.cli;

import io.compot.Computation;
import io.compot.Model;
import io.compot.Sources;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.evaluation.Perplexity;
import io.compot.evaluation.PerplexityOptions;
import io.compot.evaluation.PerplexityProtocol;
import io.compot.evaluation.TextReading;
import io.compot.journal.Fingerprint;
import io.compot.journal.Resume;
import io.compot.progress.StopRequest;
import io.compot.report.HtmlReport;
import io.compot.result.Versions;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code compot eval}. */
@Command(
    name = "eval",
    header = "Measure how well a model predicts a text, or answers the questions of tasks.",
    description =
        "Token perplexity: the text is tokenised whole and cut into non-overlapping windows, the"
            + " first token of each is not scored, an incomplete last window is dropped; the value"
            + " is exp of the mean negative log-likelihood. Lower is better. Compare only values of"
            + " one tokeniser, text and window. Tasks are worded and scored as lm-evaluation-harness"
            + " 0.4.9 does.",
    customSynopsis = {
      "compot eval MODEL --perplexity FILE [--window TOKENS] [--against ORIGINAL] [OPTIONS]",
      "compot eval MODEL --tasks NAME,... --task-data FOLDER [--shots N] [--limit N] [OPTIONS]",
      "compot eval MODEL --speech PLACE [--normaliser NAME] [--against ORIGINAL] [OPTIONS]",
      "compot eval --compare FIRST.json SECOND.json"
    },
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  compot eval my-model --perplexity heldout.txt",
      "  compot eval smaller --perplexity heldout.txt --window 128 --json results.json",
      "  compot eval smaller --perplexity heldout.txt --against my-model",
      "  compot eval smaller --tasks piqa,arc_easy,wikitext --task-data data --json results.json",
      "  compot eval --compare original.json smaller.json"
    })
final class EvalCommand implements Callable<Integer> {

  @Parameters(
      paramLabel = "MODEL",
      arity = "0..1",
      description = "Folder of the model, dense or compressed.")
  private @Nullable Path model;

  @Option(names = "--perplexity", paramLabel = "FILE", description = "The text, UTF-8.")
  private @Nullable Path text;

  @Option(
      names = "--window",
      paramLabel = "TOKENS",
      description = "Tokens of a window. Default: the model's maximum, at most 2048.")
  private @Nullable Integer window;

  @Option(
      names = "--windows",
      paramLabel = "N",
      description = "Windows to measure on, from the start of the text. Default: all of it.")
  private @Nullable Integer windows;

  @Option(
      names = "--bos",
      description = "Begin each window with the beginning-of-text token. Default: no.")
  private boolean bos;

  @Option(
      names = "--reading",
      paramLabel = "NAME",
      defaultValue = "plain",
      description =
          "How FILE becomes one text. plain: as it stands. gptq: as GPTQ and SVD-LLM read WikiText-2,"
              + " rows (lines) joined by two newlines, with the tokenizer's special tokens around the"
              + " whole. Default: ${DEFAULT-VALUE}.")
  private String reading = "plain";

  @Option(
      names = "--dtype",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "Compute in auto (bf16 for models stored in bf16, else f32), f32 or bf16."
              + " Default: ${DEFAULT-VALUE}.")
  private String dtype = "auto";

  @Option(
      names = "--json",
      arity = "0..1",
      fallbackValue = "-",
      paramLabel = "FILE",
      description =
          "Write the results as JSON into FILE; without FILE print them and nothing else.")
  private @Nullable String json;

  @Option(
      names = "--report",
      arity = "0..1",
      fallbackValue = HtmlReport.NAME,
      paramLabel = "FILE",
      description =
          "Show the results, or with --compare the differences, on one page. Default FILE:"
              + " ${FALLBACK-VALUE}.")
  private @Nullable Path report;

  @Option(
      names = "--compare",
      arity = "2",
      paramLabel = "FILE",
      description =
          "Compare two files that --json wrote: each difference with its standard error, and whether"
              + " it is more than noise.")
  private List<Path> compared = List.of();

  @Option(
      names = "--resume",
      paramLabel = "WHEN",
      defaultValue = "auto",
      description =
          "With --json FILE: go on where the same command ended early. auto: where there is"
              + " unfinished work; required: only then; never: begin anew. Default:"
              + " ${DEFAULT-VALUE}.")
  private String resume = "auto";

  @Mixin private TaskArguments tasks;

  @Mixin private SpeechArguments speech;

  @Mixin private OutputOptions outputOptions;

  @Spec private CommandSpec spec;

  private final Screen screen;

  EvalCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws CompotException {
    String target = json;
    Path folder = model;
    if (folder == null && compared.isEmpty() && target != null && !target.equals("-")) {
      // "eval --json MODEL": the optional FILE has taken the model's place.
      folder = Path.of(target);
      target = "-";
    }
    Screen results = outputOptions.results(screen, "-".equals(target));
    if (!compared.isEmpty()) {
      compare(folder, results, target);
      return 0;
    }
    if (folder == null) {
      throw new UsageException("Missing required parameter: 'MODEL'");
    }
    if (speech.asked()) {
      hear(folder, target, results);
      return 0;
    }
    if (text == null && !tasks.asked()) {
      throw new UsageException(
          "nothing to measure: give --perplexity FILE, --tasks NAME,... or --speech PLACE");
    }
    tasks.check(text);
    requireOther(folder, target);
    Computation computation = Computation.named(dtype);
    PerplexityOptions options = perplexityOptions();
    List<Map<String, Object>> figures = new ArrayList<>();
    Path file = target == null || target.equals("-") ? null : Path.of(target);
    try (var signals = file == null ? null : StopSignals.on(screen, spec);
        var progress = outputOptions.progress(screen);
        EvalWork work =
            file == null
                ? EvalWork.unkept(progress)
                : EvalWork.beside(file, fingerprint(folder), Resume.named(resume), progress);
        Model loaded = Model.load(folder, computation)) {
      StopRequest stop = signals == null ? StopRequest.never() : signals;
      PerplexityProtocol scored = null;
      Path scoredText = text;
      if (scoredText != null) {
        Perplexity perplexity =
            work.once(
                "perplexity",
                Perplexity.class,
                () -> loaded.evaluate(scoredText, options, progress, stop));
        scored = perplexity.protocol();
        print(perplexity, results);
        figures.add(EvalFigures.of(perplexity));
      }
      figures.addAll(
          tasks.measure(
              loaded, scored, window, computation, progress, results, work, stop, report != null));
      write(EvalFigures.file(folder, loaded.digests(), figures), target, results);
      work.done();
    }
    return 0;
  }

  private void hear(Path folder, @Nullable String target, Screen results) throws CompotException {
    if (text != null || tasks.asked()) {
      throw new UsageException(
          "--speech is for models that hear; measure texts and tasks of others");
    }
    requireOther(folder, target);
    try (var progress = outputOptions.progress(screen)) {
      var figures =
          speech.measure(folder, tasks.original(), Computation.named(dtype), progress, results);
      write(EvalFigures.file(folder, Model.digests(folder), figures), target, results);
    }
  }

  private void write(Map<String, Object> all, @Nullable String target, Screen results)
      throws CompotException {
    if (target != null) {
      WrittenFile.json(screen, target, all);
    }
    if (report != null) {
      Map<String, Object> dated = new LinkedHashMap<>(all);
      dated.put("run", Map.of("date", Instant.now().truncatedTo(ChronoUnit.SECONDS).toString()));
      WrittenFile.text(report, HtmlReport.ofEvaluation(dated));
      results.line("report  " + report);
    }
  }

  /** Results never take the place of what they are made from. */
  private void requireOther(Path folder, @Nullable String target) throws UsageException {
    List<Path> texts = text == null ? List.of() : List.of(text);
    Sources kept = speech.protect(tasks.protect(Sources.of(folder).and("the text", texts)));
    if (target != null && !target.equals("-")) {
      kept.requireNot(Path.of(target));
    }
    if (report != null) {
      kept.requireNot(report);
    }
  }

  private Fingerprint fingerprint(Path folder) throws CompotException {
    Map<String, String> inputs = new LinkedHashMap<>(Model.digests(folder));
    Map<String, String> settings = new LinkedHashMap<>(Versions.all());
    settings.put("window", window == null ? "the model's" : window.toString());
    settings.put("windows", windows == null ? "all" : windows.toString());
    settings.put("bos", Boolean.toString(bos));
    settings.put("reading", reading);
    settings.put("dtype", dtype);
    if (text != null) {
      inputs.put("text", TextReading.named(reading).read(text).sha256());
    } else {
      settings.put("perplexity", "not asked for");
    }
    tasks.fingerprint(inputs, settings);
    return new Fingerprint(inputs, settings);
  }

  private void compare(@Nullable Path folder, Screen results, @Nullable String target)
      throws CompotException {
    if (folder != null || text != null || tasks.asked()) {
      throw new UsageException(
          "--compare reads two results files and measures nothing: leave out model, --perplexity"
              + " and --tasks");
    }
    var kept = Sources.of(compared);
    if (target != null && !target.equals("-")) {
      kept.requireNot(Path.of(target));
    }
    if (report != null) {
      kept.requireNot(report);
    }
    var comparison = new ResultsComparison(compared.getFirst(), compared.getLast());
    comparison.print(results);
    if (target != null) {
      WrittenFile.json(screen, target, comparison.json());
    }
    if (report != null) {
      WrittenFile.text(report, comparison.page());
      results.line("report  " + report);
    }
  }

  private PerplexityOptions perplexityOptions() throws UsageException {
    PerplexityOptions options =
        PerplexityOptions.defaults().withBos(bos).withReading(TextReading.named(reading));
    options = window == null ? options : options.withWindow(window);
    return windows == null ? options : options.withWindows(windows);
  }

  private void print(Perplexity perplexity, Screen results) {
    results.line("perplexity  " + Quantity.perplexity(perplexity.value()));
    if (!outputOptions.quiet) {
      results.wrapped("            ", perplexity.protocol().toString());
    }
  }
}
