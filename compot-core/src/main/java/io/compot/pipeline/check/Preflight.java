package io.compot.pipeline.check;

import io.compot.allocation.BudgetAllocator;
import io.compot.allocation.option.ProfileFact;
import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.TokenWindows;
import io.compot.calibration.image.ImageCalibration;
import io.compot.calibration.sound.SoundCalibration;
import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.edit.Edit;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.journal.WorkFolder;
import io.compot.method.CompressionMethod;
import io.compot.method.Need;
import io.compot.model.Architecture;
import io.compot.model.Images;
import io.compot.plan.ConsideredProjection;
import io.compot.plan.Selection;
import io.compot.recipe.CompressionSettings;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeLibraries;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Everything that can be refused before work begins. */
public final class Preflight {

  private final CompressionSettings settings;
  private final CompressionMethod method;
  private final BudgetAllocator allocator;
  private final boolean packed;

  /** Of settings that fit together, for a packed folder. */
  public Preflight(CompressionSettings settings) {
    this(settings, true);
  }

  /**
   * Of settings that fit together.
   *
   * @param packed whether a size is asked for of packed files
   */
  public Preflight(CompressionSettings settings, boolean packed) {
    this.settings = settings;
    this.packed = packed;
    this.method = settings.method();
    this.allocator = settings.allocation().allocator();
  }

  /** A checkpoint that is not compressed yet, with edits; the caller closes it. */
  public static ModelSource open(Path model, List<Edit> edits) throws CompotException {
    return Edit.all(edits, open(model));
  }

  /** A checkpoint that is not compressed yet; the caller closes it. */
  public static ModelSource open(Path model) throws CompotException {
    ModelSource checkpoint = openAny(model);
    if (checkpoint.compression().isPresent()) {
      checkpoint.close();
      throw InputException.in(
          model,
          "the checkpoint is compressed already",
          "compress the original model, or export this one with --format dense first");
    }
    return checkpoint;
  }

  /** A checkpoint, compressed or not; the caller closes it. */
  public static ModelSource openAny(Path model) throws CompotException {
    NativeLibraries.load();
    return Checkpoint.open(model);
  }

  /**
   * What is to be compressed, refused where settings and shapes alone show that to be impossible.
   */
  public Selection selection(Architecture architecture, ModelSource checkpoint)
      throws CompotException {
    requireOneStack(architecture, checkpoint);
    var selection = Selection.of(architecture, checkpoint, settings, packed);
    boolean needed = selection.needs(Need.GRAM);
    requireText(
        needed, method.needs(Need.GRAM) ? "method " + method.name() : "a method of the overrides");
    requireText(allocator.needsGram(needed), allocationNeed());
    return selection;
  }

  /** What is trained on the loss of a decoder stands in the decoder. */
  private void requireOneStack(Architecture architecture, ModelSource checkpoint)
      throws InputException {
    if (allocator.needs().contains(ProfileFact.TRAINED_RATIO) && architecture.stacks().size() > 1) {
      throw InputException.in(
          checkpoint.folder(),
          "it has several stacks of blocks, and allocation %s trains ranks of one"
              .formatted(allocator.name()),
          "choose another allocation");
    }
  }

  private String allocationNeed() {
    return "allocation " + allocator.name();
  }

  private void requireText(boolean needed, String who) throws UsageException {
    if (needed && settings.calibration().isEmpty()) {
      throw new UsageException(
          "%s needs calibration text; give a text file like what the model will read, or choose method svd with allocation uniform"
              .formatted(who));
    }
  }

  /**
   * The work on an output: text, room, memory and weights are looked at.
   *
   * @param work where the work will be; room is not asked for in a temporary one
   * @param texts receives the calibration files with their digests
   */
  public CheckedInputs job(
      ModelSource checkpoint, Dtype type, WorkFolder work, Map<Path, String> texts)
      throws CompotException {
    Architecture architecture = Architecture.of(checkpoint);
    var selection = selection(architecture, checkpoint);
    CalibrationSamples samples =
        settings.calibration().isEmpty() ? null : samples(checkpoint, architecture, type, texts);
    requireImages(architecture, selection, samples);
    var job =
        new CheckedInputs(architecture, checkpoint, selection, method, allocator, samples, type);
    if (!work.isTemporary()) {
      DiskNeeds.of(job).require(work);
    }
    MemoryProbe.of(selection.chosen(), selection.needs(Need.GRAM));
    requireFinite(checkpoint);
    return job;
  }

  /**
   * The work of a plan alone: only what the allocation looks at.
   *
   * @param memory most bytes of hidden states that are held in memory
   */
  public CheckedInputs planJob(ModelSource checkpoint, Dtype type, long memory, WorkFolder work)
      throws CompotException {
    Architecture architecture = Architecture.of(checkpoint);
    requireOneStack(architecture, checkpoint);
    var selection = Selection.of(architecture, checkpoint, settings, packed);
    boolean calibrated = allocator.needsGram(selection.needs(Need.GRAM));
    requireText(calibrated, allocationNeed());
    CalibrationSamples samples =
        calibrated ? samples(checkpoint, architecture, type, new LinkedHashMap<>()) : null;
    requireImages(architecture, selection, samples);
    var job =
        new CheckedInputs(architecture, checkpoint, selection, method, allocator, samples, type);
    DiskNeeds.requireForPlan(job, memory, work);
    if (!allocator.needs().isEmpty()) {
      requireFinite(checkpoint);
    }
    return job;
  }

  /** What sees images says nothing of itself where there are none. */
  private static void requireImages(
      Architecture architecture, Selection selection, @Nullable CalibrationSamples samples)
      throws UsageException {
    if (samples == null || samples.has(architecture.stacks().getFirst())) {
      return;
    }
    for (ConsideredProjection each : selection.chosen()) {
      if (architecture.ofImages(each.projection())) {
        throw new UsageException(
            "%s sees images, but there are none among the calibration's texts; give rows with images, or leave it out (--exclude)"
                .formatted(each.name()));
      }
    }
  }

  /** The work as far as shapes tell: in place of the text stand windows of its size. */
  public CheckedInputs shapesJob(ModelSource checkpoint, Dtype type) throws CompotException {
    Architecture architecture = Architecture.of(checkpoint);
    var selection = Selection.of(architecture, checkpoint, settings, packed);
    CalibrationSamples samples =
        allocator.needsGram(selection.needs(Need.GRAM)) || selection.needs(Need.GRAM)
            ? expected(checkpoint, architecture)
            : null;
    return new CheckedInputs(architecture, checkpoint, selection, method, allocator, samples, type);
  }

  /**
   * The calibration text's samples.
   *
   * @param texts receives the calibration files with their digests
   */
  public CalibrationSamples samples(
      ModelSource checkpoint, Architecture architecture, Dtype type, Map<Path, String> texts)
      throws CompotException {
    if (architecture.hears()) {
      return new SoundCalibration(architecture, checkpoint)
          .samples(
              settings.calibration(), settings.general().samples(), settings.seed(), type, texts);
    }
    Optional<Images> images = architecture.images();
    if (images.isPresent() && ImageCalibration.in(settings.calibration())) {
      return new ImageCalibration(architecture, checkpoint, images.get())
          .samples(settings.calibration(), settings.general().samples(), settings.seed(), texts);
    }
    return CalibrationSamples.of(
        architecture,
        CalibrationText.windows(checkpoint, architecture.contextLength(), settings, texts));
  }

  /**
   * Windows of the calibration text that are not calibrated on.
   *
   * @param most how many
   */
  public TokenWindows aside(ModelSource checkpoint, int most) throws CompotException {
    requireText(true, "a budget that is measured on text set aside");
    if (Architecture.of(checkpoint).images().isPresent()
        && ImageCalibration.in(settings.calibration())) {
      throw new UsageException(
          "rows with images cannot be set aside to measure on; name a text (--guard FILE)");
    }
    return CalibrationText.aside(
        checkpoint, Architecture.of(checkpoint).contextLength(), settings, most);
  }

  private CalibrationSamples expected(ModelSource checkpoint, Architecture architecture)
      throws CompotException {
    Optional<Images> images = architecture.images();
    if (images.isPresent() && ImageCalibration.in(settings.calibration())) {
      return new ImageCalibration(architecture, checkpoint, images.get())
          .samples(
              settings.calibration(),
              settings.general().samples(),
              settings.seed(),
              new LinkedHashMap<>());
    }
    return architecture.hears()
        ? new SoundCalibration(architecture, checkpoint)
            .expected(settings.calibration(), settings.general().samples(), settings.seed())
        : CalibrationSamples.of(
            architecture, CalibrationText.expected(architecture.contextLength(), settings));
  }

  /** Reads every weight once, and refuses what is no number. */
  public static void requireFinite(ModelSource checkpoint) throws CompotException {
    for (String name : checkpoint.names()) {
      checkpoint.requireFinite(name);
    }
  }
}
