package io.compot.export.gguf;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.OutputFolder;
import io.compot.checkpoint.ProtectedPaths;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.export.ExportFormat;
import io.compot.export.FileSizes;
import io.compot.export.MergedWeights;
import io.compot.gguf.GgufTensor;
import io.compot.gguf.GgufWriter;
import io.compot.gguf.model.TypeMix;
import io.compot.model.Architecture;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.progress.Run;
import io.compot.setting.Kind;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import io.compot.setting.Words;
import io.compot.tensor.NativeLibraries;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * A model as one GGUF file, for llama.cpp and what is built on it. Projections on a grid that a
 * type of blocks has keep their codes; all else that is packed is multiplied out, for which the
 * format has no place, and rounded. A tensor at a time.
 *
 * @param type which type each tensor is rounded onto
 * @param rounding how
 * @param calibration text that tells what errors cost, by its files; none takes all for equal
 * @param samples windows of that text, at most
 * @param length tokens a window, at most
 * @param tokenizer whether the tokenizer goes into the file
 * @param name what the file says that the model is called; empty for the name of its folder
 */
public record GgufExport(
    TypeMix type,
    Rounding rounding,
    List<String> calibration,
    int samples,
    int length,
    Tokenizer tokenizer,
    Optional<String> name)
    implements ExportFormat {

  /** How weights are rounded onto blocks. */
  public enum Rounding {
    /** With scales that make the squared error small. */
    FITTED,
    /** As ggml's reference code rounds, where it defines that. */
    NEAREST
  }

  /** Whether the tokenizer goes along. */
  public enum Tokenizer {
    WITH,
    WITHOUT
  }

  /** What may be said of it. */
  public static final Schema<GgufExport> SCHEMA =
      new Schema<>(
          "gguf",
          "one file for llama.cpp, Ollama and LM Studio, for all families but opt and whisper",
          new GgufExport(
              TypeMix.Q8_0, Rounding.FITTED, List.of(), 64, 512, Tokenizer.WITH, Optional.empty()),
          List.of(
              new Setting<>(
                  "type",
                  new MixKind(),
                  "%s. Rows that are no whole number of blocks fall back to a type of smaller ones."
                      .formatted(new MixKind().expected()),
                  GgufExport::type,
                  GgufExport::with),
              new Setting<>(
                  "rounding",
                  new Kind.Choice<>(Rounding.class),
                  "fitted looks for good scales, nearest rounds as ggml's reference code.",
                  GgufExport::rounding,
                  GgufExport::with),
              new Setting<>(
                  "calibration",
                  new Words("names of files with commas between them", "FILE"),
                  "UTF-8 text by which errors of rounding are made good in later columns, worth"
                      + " about half a bit; none rounds each weight by itself.",
                  GgufExport::calibration,
                  GgufExport::with),
              new Setting<>(
                  "samples",
                  new Kind.Whole(1),
                  "Windows of calibration text, at most.",
                  GgufExport::samples,
                  (all, samples) -> all.windows(samples, all.length)),
              new Setting<>(
                  "length",
                  new Kind.Whole(1),
                  "Tokens a window, at most.",
                  GgufExport::length,
                  (all, length) -> all.windows(all.samples, length)),
              new Setting<>(
                  "tokenizer",
                  new Kind.Choice<>(Tokenizer.class),
                  "with or without: whether the tokenizer and chat template go into the file.",
                  GgufExport::tokenizer,
                  GgufExport::with)));

  public GgufExport {
    calibration = List.copyOf(calibration);
  }

  private GgufExport with(TypeMix other) {
    return new GgufExport(other, rounding, calibration, samples, length, tokenizer, name);
  }

  private GgufExport with(Rounding other) {
    return new GgufExport(type, other, calibration, samples, length, tokenizer, name);
  }

  private GgufExport with(List<String> other) {
    return new GgufExport(type, rounding, other, samples, length, tokenizer, name);
  }

  private GgufExport windows(int most, int tokens) {
    return new GgufExport(type, rounding, calibration, most, tokens, tokenizer, name);
  }

  private GgufExport with(Tokenizer other) {
    return new GgufExport(type, rounding, calibration, samples, length, other, name);
  }

  /** The same with a name for the model. */
  public GgufExport named(String model) {
    return new GgufExport(
        type, rounding, calibration, samples, length, tokenizer, Optional.of(model));
  }

  @Override
  public Schema<GgufExport> schema() {
    return SCHEMA;
  }

  @Override
  public Optional<FileSizes> sizes(Path model) throws CompotException {
    return Optional.of(plan(model)::fileBytes);
  }

  private GgufPlan plan(Path model) throws CompotException {
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      NativeLibraries.load();
      Architecture architecture = Architecture.of(checkpoint);
      try (var weights = new MergedWeights(checkpoint, architecture)) {
        return GgufPlan.of(this, checkpoint, architecture, weights);
      }
    }
  }

  @Override
  public void check(Path model, Path output, boolean force) throws CompotException {
    requireFree(output, force);
    ProtectedPaths.of(model).requireOther(output);
    plan(model);
  }

  /**
   * {@inheritDoc}
   *
   * @throws CompotException where the family, its positions or its tokenizer have no place in the
   *     format, before any work; or where writing fails
   */
  @Override
  public void write(Path model, Path output, boolean force, ProgressListener listener)
      throws CompotException {
    if (rounding == Rounding.NEAREST && !calibration.isEmpty()) {
      throw new UsageException(
          "rounding nearest feeds no errors back: leave out calibration, or take rounding fitted");
    }
    List<Path> texts = calibration.stream().map(Path::of).toList();
    requireFree(output, force);
    ProtectedPaths.of(model).and("calibration text", texts).requireOther(output);
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      NativeLibraries.load();
      Architecture architecture = Architecture.of(checkpoint);
      try (var weights = new MergedWeights(checkpoint, architecture)) {
        GgufPlan plan = GgufPlan.of(this, checkpoint, architecture, weights);
        Run run = Run.of(listener);
        new MergeNotice(plan, weights).text().ifPresent(it -> run.tell(new Progress.Notice(it)));
        if (plan.leftOut() > 0) {
          run.tell(
              new Progress.Notice(
                  "the file has the language model, for texts alone: %d tensors of the tower that sees and of its mergers are left out"
                      .formatted(plan.leftOut())));
        }
        if (tokenizer == Tokenizer.WITH && !checkpoint.hasTokenizer()) {
          run.tell(
              new Progress.Notice(
                  model + " has no tokenizer.json: the file takes token ids alone, no texts"));
        }
        Path folder = Objects.requireNonNull(output.toAbsolutePath().getParent());
        OutputFolder.requireSpace(
            folder, output, plan.bytes() + OutputFolder.smallFiles(checkpoint.sideFiles(), 0));
        try (var writer =
                new GgufWriter(output, plan.keys(), List.copyOf(plan.tensors().values()));
            var stage = run.stage("export", plan.elements());
            var sink = new GgufTensors(writer, weights, plan, rounding, stage)) {
          var left = new LinkedHashMap<String, GgufTensor>(plan.tensors());
          sink.writeRotary(left);
          if (!texts.isEmpty()) {
            new GgufCalibration(architecture, checkpoint, texts, samples, length, sink).write(left);
          }
          for (GgufTensor tensor : left.values()) {
            sink.write(tensor);
          }
          writer.finish();
        }
      }
    }
  }

  private static void requireFree(Path output, boolean force) throws UsageException {
    Path folder = output.toAbsolutePath().getParent();
    if (folder == null || !Files.isDirectory(folder)) {
      throw new UsageException(output + ": there is no folder to put the file into; make it first");
    }
    if (Files.isDirectory(output)) {
      throw new UsageException(output + ": this is a folder; name a file, such as model.gguf");
    }
    if (Files.exists(output, LinkOption.NOFOLLOW_LINKS) && !force) {
      throw new UsageException(
          output + ": the file exists; name a new one, or allow to replace it with --force");
    }
  }
}
