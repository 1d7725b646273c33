package io.compot;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.checkpoint.OutputFolder;
import io.compot.checkpoint.ProtectedPaths;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.file.Durable;
import io.compot.file.Sha256;
import io.compot.journal.Fingerprint;
import io.compot.journal.Resume;
import io.compot.journal.WorkFolder;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.pipeline.FinishedRun;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.recipe.Budget;
import io.compot.recipe.Chain;
import io.compot.recipe.CompressionSettings;
import io.compot.recipe.Recipe;
import io.compot.recipe.SaidSettings;
import io.compot.result.CompressionReport;
import io.compot.result.ReportFiles;
import io.compot.result.Versions;
import io.compot.safetensors.ShardedWriter;
import io.compot.safetensors.TensorInfo;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The steps of a recipe, one after the other: each is a compression of what the one before it left,
 * in a folder beside the output, so that a chain that was stopped goes on in the step that it was
 * in. What the last step left becomes the output, with a report of all of them.
 */
final class StepChain {

  private static final String WORK = "steps";

  /** Makes the compression of a model with what is said of it, heard and stopped as the whole. */
  @FunctionalInterface
  interface Making {
    Compression of(Path model, SaidSettings said);
  }

  private final Path model;
  private final Chain chain;
  private final Making making;
  private final ProgressListener listener;
  private final Resume resume;
  private final List<Path> protectedFiles;

  StepChain(
      Path model,
      Chain chain,
      Making making,
      ProgressListener listener,
      Resume resume,
      List<Path> protectedFiles) {
    this.model = model;
    this.chain = chain;
    this.making = making;
    this.listener = listener;
    this.resume = resume;
    this.protectedFiles = protectedFiles;
  }

  /** What later steps are given is not there yet: the first is checked, of the others the words. */
  void checkSettings() throws CompotException {
    making.of(model, said(0, model)).checkSettings();
  }

  /** The same with all that the first step can be refused for, and the place of the output. */
  void check(Path output, boolean force) throws CompotException {
    requirePlace(output, force);
    making.of(model, said(0, model)).check();
  }

  private void requirePlace(Path output, boolean force) throws CompotException {
    ProtectedPaths.of(model)
        .and("the calibration text", settings(0).calibration())
        .and("a file in use,", protectedFiles)
        .requireApart(output);
    OutputFolder.requireFree(output, force || WorkFolder.left(OutputFolder.place(output)));
  }

  private CompressionSettings settings(int step) throws UsageException {
    return chain.steps().get(step).said().settings();
  }

  CompressionReport run(Path output, boolean force) throws CompotException {
    requirePlace(output, force);
    Path place = OutputFolder.place(output);
    try (WorkFolder work = WorkFolder.take(place)) {
      OutputFolder.restore(work.path(), place);
      work.begin(WORK, fingerprint(), resume);
      Path steps = place.resolveSibling("." + place.getFileName() + ".compot-steps");
      var finished = FinishedRun.find(work);
      if (finished.isPresent()) {
        remove(steps);
        work.delete();
        return finished.get();
      }
      OutputFolder.requireFree(output, force);
      if (work.find("step-1", String.class).isEmpty()) {
        remove(steps); // of work that nobody goes on with
      }
      List<CompressionReport> reports = new ArrayList<>();
      List<Path> made = new ArrayList<>();
      Path source = model;
      List<Integer> kept = List.of();
      for (int i = 0; i < chain.steps().size(); i++) {
        String name = "step-" + (i + 1);
        SaidSettings said = said(i, source);
        listener.on(
            new Progress.Notice(
                "step %d of %d: %s (%s)"
                    .formatted(
                        i + 1,
                        chain.steps().size(),
                        chain.steps().get(i).words(),
                        said.settings().method().name())));
        // What is recorded outlives this process: the next one knows that steps are its own.
        work.note(name, chain.steps().get(i).words());
        source = steps.resolve(name);
        made.add(source);
        Compression step = making.of(made(i, made), said);
        CompressionReport report = step.healing(model, kept).output(source).force(true).run();
        kept = left(report, kept);
        reports.add(report);
      }
      CompressionReport report = commit(work, output, force, made, reports);
      remove(steps);
      work.delete();
      return report;
    }
  }

  private static void remove(Path steps) throws FailureException {
    try {
      Durable.deleteTree(steps, null);
    } catch (IOException e) {
      throw new FailureException(
          steps + ": cannot be removed (" + e.getMessage() + "); check permissions", e);
    }
  }

  /**
   * Numbers, in the original, of the blocks that a step left.
   *
   * @param before those that it was given; none for all
   */
  private static List<Integer> left(CompressionReport report, List<Integer> before) {
    return report.plan().projections().stream()
        .filter(each -> each.bitsAfter() > 0)
        .map(each -> each.place().block())
        .distinct()
        .sorted()
        .map(block -> before.isEmpty() ? block : before.get(block))
        .toList();
  }

  private Path made(int step, List<Path> made) {
    return step == 0 ? model : made.get(step - 1);
  }

  private CompressionReport commit(
      WorkFolder work, Path output, boolean force, List<Path> made, List<CompressionReport> reports)
      throws CompotException {
    var words = chain.steps().stream().map(Chain.Step::words).toList();
    CompressionReport report =
        reports.size() == 1 ? reports.getFirst() : ChainReport.of(words, reports);
    try (OutputFolder folder = OutputFolder.within(work.path(), output, force)) {
      Map<String, byte[]> told = new LinkedHashMap<>(ReportFiles.of(report, model));
      String recipe =
          Recipe.ofSteps(
              chain.steps().stream().map(step -> step.kinds().getFirst()).toList(),
              made.stream().map(each -> each.resolve(Recipe.NAME)).toList());
      told.put(Recipe.NAME, recipe.getBytes(StandardCharsets.UTF_8));
      link(made.getLast(), folder.path(), told.keySet());
      for (var file : told.entrySet()) {
        folder.write(file.getKey(), file.getValue());
      }
      FinishedRun.note(
          work, report.plan(), Objects.requireNonNull(told.get(ReportFiles.JSON_NAME)));
      folder.commit();
      return report;
    }
  }

  /** Gives files a second name, or copies them where the disk knows no links. */
  private static void link(Path from, Path to, Set<String> but) throws FailureException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path name = from.relativize(file);
        if (but.contains(name.toString())) {
          continue;
        }
        Path place = to.resolve(name);
        Files.createDirectories(place.resolveSibling(""));
        try {
          Files.createLink(place, file);
        } catch (IOException | UnsupportedOperationException _) {
          Files.copy(file, place);
        }
      }
    } catch (IOException e) {
      throw new FailureException(
          to + ": cannot be filled (" + e.getMessage() + "); check space and permissions", e);
    }
  }

  /** What is said of a step; of the last, also how small the whole becomes. */
  private SaidSettings said(int step, Path source) throws CompotException {
    SaidSettings said = chain.steps().get(step).said();
    var whole = chain.whole();
    if (whole.isEmpty() || step != chain.sizing()) {
      return said;
    }
    var sized = said.copy();
    sized.say(whole.get().getKey(), whole.get().getValue());
    if (step == 0) {
      return sized;
    }
    CompressionSettings settings = sized.settings();
    if (settings.budget() instanceof Budget.FilePart(double part)) {
      long bytes = (long) (part * weightFiles(settings.general().shardSize()));
      sized.say("size", Long.toString(bytes));
    } else if (!(settings.budget() instanceof Budget.FileSize)) {
      sized = said.copy();
      sized.say("bits", Double.toString(bits(settings, source)));
    }
    return sized;
  }

  /** Bits a weight that the whole's budget leaves for the projections of the last step. */
  private double bits(CompressionSettings settings, Path source) throws CompotException {
    if (!settings.general().include().isEmpty()
        || !settings.general().exclude().isEmpty()
        || !settings.overrides().isEmpty()) {
      throw new UsageException(
          "ratio and bits of the whole are of all projections, but the last step chooses some: say size, or how much that step removes");
    }
    Projections before = Projections.of(model);
    Projections now = Projections.of(source);
    double left =
        switch (settings.budget()) {
          case Budget.Removed(double ratio) -> (1 - ratio) * before.bits();
          case Budget.BitsAWeight(double bits) -> bits * before.weights();
          default -> throw new IllegalStateException("neither ratio nor bits");
        };
    if (left >= now.bits()) {
      throw new UsageException(
          "the steps before the last leave %,d bits of the projections, and the whole may have %,d: leave the last step out, or ask for a smaller whole"
              .formatted(now.bits(), (long) left));
    }
    return Math.nextDown(left / now.weights());
  }

  private record Projections(long bits, long weights) {

    static Projections of(Path folder) throws CompotException {
      long bits = 0;
      long weights = 0;
      try (ModelSource source = Checkpoint.open(folder)) {
        for (SharedInput input : Architecture.of(source).projections().toList()) {
          for (Projection each : input.projections()) {
            bits += source.info(each.weightName()).bytes() * Byte.SIZE;
            weights += each.in() * each.out();
          }
        }
      }
      return new Projections(bits, weights);
    }
  }

  private long weightFiles(long shardSize) throws CompotException {
    try (ModelSource source = Checkpoint.open(model)) {
      List<TensorInfo> tensors = new ArrayList<>();
      for (String name : source.names()) {
        tensors.add(source.info(name));
      }
      return ShardedWriter.bytes(tensors, shardSize);
    }
  }

  private Fingerprint fingerprint() throws CompotException {
    Map<String, String> inputs = new LinkedHashMap<>();
    Map<String, String> all = new LinkedHashMap<>();
    for (int i = 0; i < chain.steps().size(); i++) {
      CompressionSettings settings = settings(i);
      for (Path text : settings.calibration()) {
        try {
          inputs.put(text.toString(), Sha256.of(text));
        } catch (IOException e) {
          throw InputException.unreadable(text, e);
        }
      }
      all.put(
          "step %d (%s)".formatted(i + 1, chain.steps().get(i).words()),
          settings.described() + ", overrides " + Recipe.overrides(settings));
    }
    chain.whole().ifPresent(whole -> all.put(whole.getKey(), whole.getValue()));
    try (ModelSource opened = Checkpoint.open(model)) {
      inputs.putAll(opened.digests());
    }
    all.putAll(Versions.deciding());
    return new Fingerprint(inputs, all);
  }
}
