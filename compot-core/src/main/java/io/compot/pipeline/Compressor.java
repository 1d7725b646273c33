package io.compot.pipeline;

import io.compot.calibration.HiddenStates;
import io.compot.calibration.TokenWindows;
import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.OutputFolder;
import io.compot.checkpoint.WeightSource;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.method.CompressionMethod;
import io.compot.model.Architecture;
import io.compot.progress.ProgressListener;
import io.compot.tensor.Dtype;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Compresses a checkpoint: everything that can be checked is checked first, then block by block the
 * inputs are observed, the weights factorised and the factors written, then the new checkpoint is
 * put together. Memory holds one block, its Gram matrices and the hidden states.
 */
public final class Compressor {

  /** Room for report, configuration, tokenizer and headers. */
  static final long SMALL_FILES = 64L << 20;

  /** Chooses the element type of the calibration passes. */
  @FunctionalInterface
  public interface TypeChoice {
    /** The type to compute in, for a model of these weights. */
    Dtype of(WeightSource weights) throws InputException;
  }

  private final Path model;
  private final CompressionSettings settings;
  private final TypeChoice computation;
  private final ProgressListener listener;
  private final Map<String, Double> seconds = new LinkedHashMap<>();

  /** A compression of the checkpoint in a folder. */
  public Compressor(
      Path model, CompressionSettings settings, TypeChoice computation, ProgressListener listener) {
    this.model = model;
    this.settings = settings;
    this.computation = computation;
    this.listener = listener;
  }

  /**
   * What would be done.
   *
   * @throws CompotException where the model or the settings are not acceptable
   */
  public Plan plan() throws CompotException {
    CompressionMethod method = MethodChoice.of(settings);
    try (Checkpoint checkpoint = open()) {
      return new Planner(Architecture.of(checkpoint), checkpoint).plan(method, settings);
    }
  }

  /**
   * Does it.
   *
   * @param output folder that appears whole or not at all
   * @param force whether an existing one is replaced
   * @throws CompotException where an input is not acceptable, found before any work, or the work
   *     fails
   */
  public CompressionReport run(Path output, boolean force) throws CompotException {
    CompressionMethod method = MethodChoice.of(settings);
    requireSense(method);
    try (var memory = new MemoryWatch();
        Checkpoint checkpoint = open();
        OutputFolder folder = OutputFolder.create(output, force)) {
      Architecture architecture = Architecture.of(checkpoint);
      Plan plan = new Planner(architecture, checkpoint).plan(method, settings);
      Dtype type = computation.of(checkpoint);
      var inputs = new LinkedHashMap<String, String>();
      TokenWindows windows = check(checkpoint, architecture, plan, type, folder, inputs);

      List<LayerReport> layers;
      try (var work =
          new BlockWork(architecture, checkpoint, plan, method, settings, folder.path())) {
        layers = work.run(windows, type, listener, seconds);
        try (var stage = new Stage("write", plan.model().after() / 8, listener, seconds)) {
          new PackedOutput(checkpoint, plan)
              .write(folder, work.factorFiles(), settings.shardSize(), stage);
        }
      }
      var report =
          new CompressionReport(
              method.name(),
              "uniform",
              new CompressionReport.Ratio(settings.ratio(), plan.compressed().removed()),
              new CompressionReport.Bits(plan.compressed(), plan.model()),
              layers,
              Reports.dense(plan),
              Reports.settings(model, method, settings, windows, type),
              inputs,
              Versions.all(),
              new CompressionReport.Run(seconds, memory.peak()));
      folder.write(ReportFile.NAME, utf8(ReportFile.text(report)));
      folder.write(ModelCard.NAME, utf8(ModelCard.text(report)));
      folder.commit();
      return report;
    }
  }

  private void requireSense(CompressionMethod method) throws UsageException {
    if (method.needsGram() && settings.calibration().isEmpty()) {
      throw new UsageException(
          "method %s needs calibration text; give a text file like what the model will read, or choose svd"
              .formatted(method.name()));
    }
    if (settings.shardSize() < 1) {
      throw new UsageException("shard size %d is not at least 1".formatted(settings.shardSize()));
    }
  }

  /** Everything that can be known to fail before work begins. */
  private @Nullable TokenWindows check(
      Checkpoint checkpoint,
      Architecture architecture,
      Plan plan,
      Dtype type,
      OutputFolder folder,
      Map<String, String> inputs)
      throws CompotException {
    try (var _ = new Stage("check", 0, listener, seconds)) {
      TokenWindows windows =
          settings.calibration().isEmpty()
              ? null
              : CalibrationText.windows(checkpoint, architecture.contextLength(), settings, inputs);
      long spilled =
          windows == null
              ? 0
              : HiddenStates.bytes(
                  windows.count(), windows.length(), architecture.hiddenSize(), type);
      // Factors lie there twice for a moment: each in its own file, and in the output.
      folder.requireSpace(
          (plan.model().after() + plan.compressed().after()) / 8 + spilled + SMALL_FILES);
      for (String name : checkpoint.names()) {
        checkpoint.requireFinite(name);
      }
      inputs.putAll(Reports.digests(checkpoint));
      return windows;
    }
  }

  private Checkpoint open() throws InputException {
    Checkpoint checkpoint = Checkpoint.open(model);
    if (checkpoint.compression().isPresent()) {
      checkpoint.close();
      throw InputException.in(
          model,
          "the checkpoint is compressed already",
          "compress the original model, or export this one with --format dense first");
    }
    return checkpoint;
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
