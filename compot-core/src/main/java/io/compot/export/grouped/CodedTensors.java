package io.compot.export.grouped;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.export.FileSizes;
import io.compot.export.MergedWeights;
import io.compot.form.DenseForm;
import io.compot.form.Form;
import io.compot.form.Numbers;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.TensorSpec;
import io.compot.quantise.Grid;
import io.compot.safetensors.ShardedWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The tensors that a model has in a layout, and how large they are. */
record CodedTensors(Layout layout) {

  private static final String WEIGHT = ".weight";

  /** Bytes of the weight files. */
  FileSizes sizes(Path model) throws CompotException {
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      Architecture architecture = Architecture.of(checkpoint);
      Dtype scales = layout.scales(type(architecture, checkpoint));
      var all = new ArrayList<TensorInfo>();
      for (String name : checkpoint.names()) {
        all.add(checkpoint.info(name));
      }
      List<CodedWeight> weights = weights(architecture);
      return forms -> {
        var coded = new LinkedHashMap<String, List<TensorInfo>>();
        for (CodedWeight each : weights) {
          onGrid(Optional.ofNullable(forms.get(each.name())))
              .ifPresent(
                  grid -> coded.put(each.name() + WEIGHT, layout.tensors(each, grid, scales)));
        }
        List<TensorInfo> tensors =
            all.stream()
                .flatMap(info -> coded.getOrDefault(info.name(), List.of(info)).stream())
                .toList();
        return bytes(tensors);
      };
    }
  }

  /** All that may be codes. */
  List<CodedWeight> weights(Architecture architecture) {
    var weights = new ArrayList<CodedWeight>();
    for (Projection each : MergedWeights.projections(architecture).values()) {
      weights.add(new CodedWeight(each.name(), each.in(), each.out()));
    }
    if (layout.tables()) {
      for (TensorSpec table : architecture.tables()) {
        weights.add(new CodedWeight(table.base(), table.in(), table.out()));
      }
    }
    return weights;
  }

  static long bytes(List<TensorInfo> tensors) {
    return ShardedWriter.bytes(tensors, ShardedWriter.DEFAULT_SHARD_SIZE);
  }

  static Map<String, CodedWeight> byWeight(Map<CodedWeight, Grid> grids) {
    var packed = new LinkedHashMap<String, CodedWeight>();
    grids.keySet().forEach(each -> packed.put(each.name() + WEIGHT, each));
    return packed;
  }

  /** All tensors, those on grids as codes and all others in full. */
  List<TensorInfo> tensors(
      MergedWeights weights, Map<CodedWeight, Grid> grids, Dtype type, Dtype scales)
      throws InputException {
    Map<String, CodedWeight> packed = byWeight(grids);
    var tensors = new ArrayList<TensorInfo>();
    for (String name : weights.names()) {
      CodedWeight coded = packed.get(name);
      if (coded == null) {
        TensorInfo info = weights.info(name);
        tensors.add(
            weights.form(name).isPresent() ? new TensorInfo(name, type, info.shape()) : info);
      } else {
        tensors.addAll(layout.tensors(coded, grid(grids, coded), scales));
      }
    }
    return tensors;
  }

  /** The grid that a packed weight is on. */
  static Optional<Grid> onGrid(Optional<Form> form) {
    return form.orElse(null) instanceof DenseForm(Numbers numbers)
            && numbers instanceof Numbers.Grouped(Grid grid)
        ? Optional.of(grid)
        : Optional.empty();
  }

  static Grid grid(Map<CodedWeight, Grid> grids, CodedWeight weight) {
    Grid grid = grids.get(weight);
    if (grid == null) {
      throw new IllegalArgumentException(weight.name());
    }
    return grid;
  }

  /** The type of a model's numbers: of its first tensor that is not packed. */
  static Dtype type(Architecture architecture, Checkpoint checkpoint) throws InputException {
    String first =
        architecture
            .tensors()
            .map(TensorSpec::name)
            .filter(checkpoint::has)
            .findFirst()
            .orElseThrow();
    return checkpoint.info(first).dtype();
  }
}
