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
import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.form.codec.DenseCodec;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.TensorSpec;
import io.compot.model.WeightLayout;
import io.compot.progress.Progress;
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
import java.util.Set;
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

  /** Widths at which the size of what is multiplied out is told. */
  private static final List<Integer> OFFERED = List.of(4, 8);

  /** Weights that share a scale in those where rows are no multiple of what was said. */
  private static final int SMALLER = 32;

  /** Refuses a model that would have no place here however it is compressed. */
  void check(Path model, Path output, boolean force) throws CompotException {
    ProtectedPaths.of(model).requireApart(output);
    OutputFolder.requireFree(output, force);
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      Architecture architecture = Architecture.of(checkpoint);
      requireRead(architecture, checkpoint);
      layout.adapt(checkpoint.config(), ownHead(checkpoint), checkpoint.config().tree());
      for (Projection each : MergedWeights.projections(architecture).values()) {
        requireHeld(each, checkpoint);
        layout.checkRows(checkpoint.config(), each.name(), each.in(), choice.group());
      }
    }
  }

  private CodedTensors coded() {
    return new CodedTensors(layout);
  }

  private static boolean ownHead(Checkpoint checkpoint) {
    return checkpoint.names().stream().anyMatch(name -> name.startsWith("lm_head."));
  }

  /** transformers with compressed-tensors finds no weights of Whisper, and GPTQModel refuses it. */
  private void requireRead(Architecture architecture, Checkpoint checkpoint) throws InputException {
    if (architecture.hears()) {
      throw InputException.in(
          checkpoint.config().file(),
          "model_type",
          "\"%s\" models are not read from the format %s by the programs that it is for"
              .formatted(architecture.family(), format),
          "use --format dense");
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
      requireRead(architecture, checkpoint);
      layout.adapt(checkpoint.config(), ownHead(checkpoint), checkpoint.config().tree());
      try (var weights = new MergedWeights(checkpoint, architecture)) {
        Dtype type = CodedTensors.type(architecture, checkpoint);
        Dtype scales = layout.scales(type);
        var grids = new LinkedHashMap<CodedWeight, Grid>();
        var dense = new ArrayList<String>();
        Map<String, Projection> projections = MergedWeights.projections(architecture);
        for (Projection each : projections.values()) {
          requireHeld(each, checkpoint);
        }
        for (CodedWeight each : coded().weights(architecture)) {
          Optional<Grid> grid = CodedTensors.onGrid(weights.form(each.name() + WEIGHT));
          if (grid.isEmpty() && projections.containsKey(each.name())) {
            grid = choice.width().map(bits -> choice.grid(bits, each.in(), scales));
            if (grid.isEmpty()) {
              dense.add(each.name());
            } else {
              layout.checkRows(checkpoint.config(), each.name(), each.in(), choice.group());
            }
          }
          grid.ifPresent(found -> grids.put(each, found));
        }
        requireNoFactors(checkpoint, weights, grids, dense, type, scales);
        if (grids.isEmpty()) {
          throw new UsageException(
              "%s: no projection is on a grid of few bits, which is all that the format %s has; say"
                      .formatted(model, format)
                  + " --width to round them, or use --format dense");
        }
        layout.check(checkpoint.config(), grids, dense);
        tellTables(architecture, weights, grids, listener);
        write(checkpoint, weights, type, scales, grids, dense, output, force, listener);
      }
    }
  }

  private void write(
      Checkpoint checkpoint,
      MergedWeights weights,
      Dtype type,
      Dtype scales,
      Map<CodedWeight, Grid> grids,
      List<String> dense,
      Path output,
      boolean force,
      ProgressListener listener)
      throws CompotException {
    Map<String, CodedWeight> packed = CodedTensors.byWeight(grids);
    List<TensorInfo> tensors = coded().tensors(weights, grids, type, scales);
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
      layout.adapt(checkpoint.config(), ownHead(checkpoint), config);
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

  /** Embedding and head that a layout has no codes for. */
  private void tellTables(
      Architecture architecture,
      MergedWeights weights,
      Map<CodedWeight, Grid> grids,
      ProgressListener listener) {
    Set<String> coded = CodedTensors.byWeight(grids).keySet();
    for (TensorSpec table : architecture.tables()) {
      Optional<Form> form = weights.form(table.name());
      if (form.isPresent() && !coded.contains(table.name())) {
        Run.of(listener)
            .tell(
                new Progress.Notice(
                    "%s is packed as %s, for which the format %s has no place: it is written in full"
                        .formatted(table.base(), form.get().words(), format)));
      }
    }
  }

  /** What is packed in another way is multiplied out only where somebody says how. */
  private void requireNoFactors(
      Checkpoint checkpoint,
      MergedWeights weights,
      Map<CodedWeight, Grid> grids,
      List<String> dense,
      Dtype type,
      Dtype scales)
      throws CompotException {
    List<CodedWeight> factors =
        coded().weights(Architecture.of(checkpoint)).stream()
            .filter(each -> dense.contains(each.name()))
            .filter(each -> weights.form(each.name() + WEIGHT).isPresent())
            .toList();
    if (factors.isEmpty()) {
      return;
    }
    var merge = new FactorMerge(checkpoint.folder(), weights, factors.getFirst().name() + WEIGHT);
    var offers = new ArrayList<String>();
    for (int width : OFFERED) {
      for (GridChoice grid : List.of(choice, choice.inGroups(SMALLER))) {
        var rounded = new LinkedHashMap<CodedWeight, Grid>(grids);
        for (CodedWeight each : coded().weights(Architecture.of(checkpoint))) {
          if (dense.contains(each.name())) {
            rounded.put(each, grid.grid(width, each.in(), scales));
          }
        }
        try {
          layout.check(checkpoint.config(), rounded, List.of());
        } catch (InputException _) {
          continue; // not a width or a group for this layout
        }
        offers.add(
            merge.offer(
                "--width " + width + (grid.equals(choice) ? "" : " --group " + SMALLER),
                CodedTensors.bytes(coded().tensors(weights, rounded, type, scales)),
                grid.grid(width, factors.getFirst().in(), scales)));
        break;
      }
    }
    long whole = CodedTensors.bytes(coded().tensors(weights, Map.of(), type, scales));
    throw merge.refuse(format, factors.size(), offers, whole);
  }

  private void write(
      String name,
      MergedWeights weights,
      @Nullable CodedWeight coded,
      Map<CodedWeight, Grid> grids,
      Dtype scales,
      ShardedWriter writer)
      throws CompotException {
    try (var _ = TensorScope.open()) {
      if (coded == null) {
        if (weights.form(name).isEmpty()) {
          writer.copy(name, weights);
        } else {
          Dtype type = writer.declared(name).dtype();
          writer.write(name, weights.tensor(name).to(type.scalarType()));
        }
      } else if (CodedTensors.onGrid(weights.form(name)).isPresent()) {
        try (Packed packed = weights.read(name).orElseThrow()) {
          layout.write(coded, DenseCodec.grouped(packed).orElseThrow(), scales, writer);
        }
      } else {
        Tensor weight = weights.finiteTensor(name);
        try (GroupedMatrix matrix =
            RoundToNearest.quantise(
                name, weight, CodedTensors.grid(grids, coded), RangeRule.LEAST_SQUARES)) {
          layout.write(coded, matrix, scales, writer);
        }
      }
    }
  }
}
