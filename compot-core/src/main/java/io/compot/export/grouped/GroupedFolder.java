package io.compot.export.grouped;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.CompressionSection;
import io.compot.checkpoint.OutputFolder;
import io.compot.checkpoint.ProtectedPaths;
import io.compot.checkpoint.SideFileNotice;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.export.MergedWeights;
import io.compot.form.DenseForm;
import io.compot.form.Form;
import io.compot.form.Numbers;
import io.compot.form.Packed;
import io.compot.form.codec.DenseCodec;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.TensorSpec;
import io.compot.model.WeightLayout;
import io.compot.progress.ProgressListener;
import io.compot.progress.Run;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.quantise.RangeRule;
import io.compot.quantise.RoundToNearest;
import io.compot.safetensors.ShardedWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeLibraries;
import io.compot.tensor.TensorScope;
import io.compot.text.StrictJson;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes a folder whose projections are codes in another program's layout. Codes of projections
 * that are on a grid already stay what they are; others are rounded to nearest or, where nothing is
 * said of that, multiplied out.
 *
 * @param format its name, for messages
 */
record GroupedFolder(String format, Layout layout, GridChoice choice) {

  private static final String WEIGHT = ".weight";

  /** Refuses a model that would have no place here however it is compressed. */
  void check(Path model, Path output, boolean force) throws CompotException {
    ProtectedPaths.of(model).requireApart(output);
    OutputFolder.requireFree(output, force);
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      for (Projection each : MergedWeights.projections(Architecture.of(checkpoint)).values()) {
        requireHeld(each, checkpoint);
      }
    }
  }

  private void requireHeld(Projection projection, Checkpoint checkpoint) throws InputException {
    if (projection.expert().isPresent()) {
      throw InputException.in(
          checkpoint.config().file(),
          "model_type",
          "experts have no place in the format " + format,
          "use --format dense or gguf");
    }
    if (projection.layout() != WeightLayout.OUT_IN) {
      throw InputException.in(
          checkpoint.config().file(),
          "model_type",
          "weights that are stored [in, out] have no place in the format " + format,
          "use --format dense or gguf");
    }
  }

  void write(Path model, Path output, boolean force, ProgressListener listener)
      throws CompotException {
    ProtectedPaths.of(model).requireApart(output);
    OutputFolder.requireFree(output, force);
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      NativeLibraries.load();
      Architecture architecture = Architecture.of(checkpoint);
      try (var weights = new MergedWeights(checkpoint, architecture)) {
        Dtype type = checkpoint.info(first(architecture)).dtype();
        Dtype scales = layout.scales(type);
        var grids = new LinkedHashMap<Projection, Grid>();
        var dense = new ArrayList<String>();
        for (Projection each : MergedWeights.projections(architecture).values()) {
          requireHeld(each, checkpoint);
          Optional<Grid> grid = grid(each, weights, scales);
          if (grid.isPresent()) {
            grids.put(each, grid.get());
          } else {
            dense.add(each.name());
          }
        }
        if (grids.isEmpty()) {
          throw new UsageException(
              "%s: no projection is on a grid of few bits, which is all that the format %s has; say"
                      .formatted(model, format)
                  + " --width to round them, or use --format dense");
        }
        layout.check(checkpoint.config(), grids, dense);
        write(checkpoint, weights, type, scales, grids, dense, output, force, listener);
      }
    }
  }

  private void write(
      Checkpoint checkpoint,
      MergedWeights weights,
      Dtype type,
      Dtype scales,
      Map<Projection, Grid> grids,
      List<String> dense,
      Path output,
      boolean force,
      ProgressListener listener)
      throws CompotException {
    var packed = new LinkedHashMap<String, Projection>();
    grids.keySet().forEach(each -> packed.put(each.name() + WEIGHT, each));
    var tensors = new ArrayList<TensorInfo>();
    for (String name : weights.names()) {
      Projection projection = packed.get(name);
      if (projection == null) {
        TensorInfo info = weights.info(name);
        tensors.add(
            weights.form(name).isPresent() ? new TensorInfo(name, type, info.shape()) : info);
      } else {
        tensors.addAll(layout.tensors(projection, grid(grids, projection), scales));
      }
    }
    long bytes = tensors.stream().mapToLong(TensorInfo::bytes).sum();
    try (OutputFolder folder = OutputFolder.create(output, force);
        var stage = Run.of(listener).stage("export", bytes)) {
      folder.requireSpace(bytes + OutputFolder.smallFiles(checkpoint.sideFiles(), packed.size()));
      try (var writer =
          new ShardedWriter(folder.path(), tensors, ShardedWriter.DEFAULT_SHARD_SIZE)) {
        for (String name : weights.names()) {
          write(name, weights, packed.get(name), grids, scales, writer);
          stage.advance(name, bytes / Math.max(1, weights.names().size()));
        }
        writer.finish();
      }
      ObjectNode config = CompressionSection.without(checkpoint.config());
      for (var section : layout.sections(grids, dense).entrySet()) {
        if (section.getKey().endsWith(".json")) {
          folder.write(section.getKey(), StrictJson.write(section.getValue()));
        } else {
          config.set(section.getKey(), section.getValue());
        }
      }
      folder.write("config.json", StrictJson.write(config));
      SideFileNotice.tell(checkpoint, listener);
      folder.copy(checkpoint.sideFiles());
      folder.commit();
    }
  }

  private void write(
      String name,
      MergedWeights weights,
      @Nullable Projection projection,
      Map<Projection, Grid> grids,
      Dtype scales,
      ShardedWriter writer)
      throws CompotException {
    try (var _ = TensorScope.open()) {
      if (projection == null) {
        if (weights.form(name).isEmpty()) {
          writer.copy(name, weights);
        } else {
          Dtype type = writer.declared(name).dtype();
          writer.write(name, weights.tensor(name).to(type.scalarType()));
        }
      } else if (onGrid(weights.form(name)).isPresent()) {
        try (Packed packed = weights.read(name).orElseThrow()) {
          layout.write(projection, DenseCodec.grouped(packed).orElseThrow(), scales, writer);
        }
      } else {
        Tensor weight = weights.finiteTensor(name);
        try (GroupedMatrix matrix =
            RoundToNearest.quantise(
                name, weight, grid(grids, projection), RangeRule.LEAST_SQUARES)) {
          layout.write(projection, matrix, scales, writer);
        }
      }
    }
  }

  /** The grid that a projection has, or is rounded onto. */
  private Optional<Grid> grid(Projection projection, MergedWeights weights, Dtype scales) {
    Optional<Grid> own = onGrid(weights.form(projection.name() + WEIGHT));
    return own.isPresent()
        ? own
        : choice.width().map(bits -> choice.grid(bits, projection.in(), scales));
  }

  private static Optional<Grid> onGrid(Optional<Form> form) {
    return form.orElse(null) instanceof DenseForm(Numbers numbers)
            && numbers instanceof Numbers.Grouped(Grid grid)
        ? Optional.of(grid)
        : Optional.empty();
  }

  private static Grid grid(Map<Projection, Grid> grids, Projection projection) {
    Grid grid = grids.get(projection);
    if (grid == null) {
      throw new IllegalArgumentException(projection.name());
    }
    return grid;
  }

  private static String first(Architecture architecture) {
    return architecture.tensors().map(TensorSpec::name).findFirst().orElseThrow();
  }
}
