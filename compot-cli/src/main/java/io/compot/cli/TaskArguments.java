package io.compot.cli;

import io.compot.Computation;
import io.compot.Model;
import io.compot.Sources;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.evaluation.PerplexityProtocol;
import io.compot.evaluation.fidelity.FidelityReport;
import io.compot.evaluation.result.Measurement;
import io.compot.evaluation.result.ResultsFile;
import io.compot.progress.StopRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What {@code eval} measures besides perplexity. */
final class TaskArguments {

  @Mixin private TaskChoice tasks = new TaskChoice();

  @Option(
      names = "--against",
      paramLabel = "ORIGINAL",
      description =
          "Compare with the model this one was made from, on the text of --perplexity: KL"
              + " divergence, agreement, error of the hidden states; or on tasks about images, with"
              + " both answers in --report.")
  private @Nullable Path original;

  /** The model that this one is compared with; null for none. */
  @Nullable Path original() {
    return original;
  }

  /** Whether there are tasks to run. */
  boolean asked() {
    return tasks.asked();
  }

  /** Refuses what makes no sense together. */
  void check(@Nullable Path text) throws UsageException {
    if (original != null && text == null && tasks.names().stream().noneMatch(SeenTasks::knows)) {
      throw new UsageException(
          "--against needs a text, or a task about images: give --perplexity FILE");
    }
    tasks.check();
  }

  /** Adds what is read here to what no result may replace. */
  Sources protect(Sources kept) {
    Sources all = original == null ? kept : kept.and(original);
    return all.and("a task's file", tasks.files());
  }

  /** Adds what decides the figures to what work must have in common to be resumed. */
  void fingerprint(Map<String, String> inputs, Map<String, String> settings)
      throws CompotException {
    tasks.fingerprint(settings);
    settings.put("against", original == null ? "nothing" : original.toString());
    if (original != null) {
      Model.digests(original).forEach((file, digest) -> inputs.put("original's " + file, digest));
    }
  }

  /** Runs what was asked for, prints it, and gives it as JSON figures. */
  List<Map<String, Object>> measure(
      Model model,
      @Nullable PerplexityProtocol text,
      @Nullable Integer window,
      Computation computation,
      ProgressView progress,
      Screen results,
      EvalWork work,
      StopRequest stop,
      boolean paged)
      throws CompotException {
    List<Map<String, Object>> figures = new ArrayList<>();
    if (original != null && text != null) {
      stop.check();
      figures.add(fidelity(model, original, text, window, computation, progress, results, work));
    }
    boolean shown = paged || original != null;
    List<String> seen =
        tasks.names().stream().filter(name -> shown && SeenTasks.knows(name)).toList();
    List<String> names = tasks.names().stream().filter(name -> !seen.contains(name)).toList();
    if (!seen.isEmpty()) {
      var pairs = new SeenTasks(tasks, original, computation, progress, work, stop);
      figures.addAll(
          pairs.measure(
              seen,
              model,
              (whose, all) -> {
                results.line(whose);
                print(all, results);
              }));
    }
    if (!names.isEmpty()) {
      List<Measurement> measured =
          model.evaluateTasks(names, tasks.data(), tasks.options(), progress, work, stop);
      print(measured, results);
      measured.forEach(each -> figures.add(ResultsFile.entry(each)));
    }
    return figures;
  }

  private static Map<String, Object> fidelity(
      Model model,
      Path original,
      PerplexityProtocol text,
      @Nullable Integer window,
      Computation computation,
      ProgressView progress,
      Screen results,
      EvalWork work)
      throws CompotException {
    try (Model reference = Model.load(original, computation)) {
      OptionalInt size = window == null ? OptionalInt.empty() : OptionalInt.of(window);
      FidelityReport report =
          work.once(
              "fidelity",
              FidelityReport.class,
              () -> model.compareWith(reference, Path.of(text.text()), size, progress));
      results.line("KL divergence       " + number(report.klDivergence()) + " nats a token");
      results.line("top-1 agreement     " + number(report.topAgreement()));
      results.line("hidden state error  " + number(report.hiddenStateErrors().getLast()));
      return EvalFigures.of(report, original, reference.digests(), text);
    }
  }

  private static void print(List<Measurement> measured, Screen results) {
    TextTable table =
        new TextTable("task", "metric", ">value", ">± error", ">chance", ">documents");
    for (Measurement each : measured) {
      Double error = each.standardError();
      Double chance = each.chance();
      table.row(
          each.name(),
          each.metric(),
          number(each.value()),
          error == null ? "" : number(error),
          chance == null ? "" : number(chance),
          Integer.toString(each.documents()));
    }
    table.print(results);
    measured.stream()
        .filter(each -> each.protocol().cut() > 0)
        .map(Measurement::name)
        .distinct()
        .forEach(name -> results.line(name + ": some documents are longer than the model takes"));
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, Math.abs(value) < 1e4 ? "%.4f" : "%.4g", value);
  }
}
