package io.compot.export.grouped;

import io.compot.error.FailureException;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.TensorSink;
import io.compot.tensor.Dtype;
import io.compot.text.ConfigFile;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * compressed-tensors' {@code pack-quantized} since release 0.17: codes, scales and zeros as a
 * {@link GroupedMatrix} has them, and the shape beside. Scales have the model's type, since readers
 * multiply by the weights as they come.
 */
record PackQuantized() implements Layout {

  /** The release whose packing this is. */
  private static final String VERSION = "0.19.0";

  private static final String FORMAT = "pack-quantized";

  @Override
  public Dtype scales(Dtype model) {
    return model;
  }

  @Override
  public void check(ConfigFile config, Map<CodedWeight, Grid> grids, List<String> dense) {
    // Every grid has a place here.
  }

  @Override
  public List<TensorInfo> tensors(CodedWeight weight, Grid grid, Dtype scales) {
    long groups = grid.groups(weight.in());
    var tensors = new ArrayList<TensorInfo>();
    long words = words(weight.in(), grid);
    tensors.add(tensor(weight, "packed", Dtype.I32, weight.out(), words));
    tensors.add(tensor(weight, "scale", scales, weight.out(), groups));
    tensors.add(new TensorInfo(weight.name() + ".weight_shape", Dtype.I64, List.of(2L)));
    if (!grid.symmetric()) {
      long zeros = words(weight.out(), grid);
      tensors.add(tensor(weight, "zero_point", Dtype.I32, zeros, groups));
    }
    return tensors;
  }

  private static TensorInfo tensor(
      CodedWeight weight, String part, Dtype type, long rows, long columns) {
    return new TensorInfo(weight.name() + ".weight_" + part, type, List.of(rows, columns));
  }

  private static long words(long count, Grid grid) {
    return Math.ceilDiv(count * grid.width(), Integer.SIZE);
  }

  @Override
  public void write(CodedWeight weight, GroupedMatrix matrix, Dtype scales, TensorSink sink)
      throws FailureException {
    String part = weight.name() + ".weight_";
    sink.write(part + "packed", matrix.codes());
    sink.write(part + "scale", matrix.scales().to(scales.scalarType()));
    if (!matrix.grid().symmetric()) {
      sink.write(part + "zero_point", Objects.requireNonNull(matrix.zeros()));
    }
    try (var arena = Arena.ofConfined()) {
      sink.write(
          part + "shape", arena.allocateFrom(ValueLayout.JAVA_LONG, weight.out(), weight.in()));
    }
  }

  @Override
  public SequencedMap<String, ObjectNode> sections(
      Map<CodedWeight, Grid> grids, List<String> dense) {
    ObjectNode section = JsonNodeFactory.instance.objectNode();
    section.put("quant_method", "compressed-tensors").put("format", FORMAT);
    section.put("quantization_status", "compressed").put("version", VERSION);
    section.putArray("ignore").add("lm_head");
    section.putNull("kv_cache_scheme").putNull("global_compression_ratio");
    section.putObject("sparsity_config");
    section.putObject("transform_config");
    ObjectNode groups = section.putObject("config_groups");
    var byGrid = new LinkedHashMap<ObjectNode, List<String>>();
    grids.forEach((weight, grid) ->
        byGrid
            .computeIfAbsent(weights(grid, weight.in()), _ -> new ArrayList<>())
            .add(weight.name()));
    byGrid.forEach((weights, names) -> {
      ObjectNode group = groups.putObject("group_" + groups.size());
      var targets = group.putArray("targets");
      if (byGrid.size() == 1 && dense.isEmpty()) {
        targets.add("Linear");
      } else {
        names.forEach(targets::add);
      }
      group.put("format", FORMAT).putNull("input_activations").putNull("output_activations");
      group.set("weights", weights);
    });
    var sections = new LinkedHashMap<String, ObjectNode>();
    sections.put("quantization_config", section);
    return sections;
  }

  private static ObjectNode weights(Grid grid, long in) {
    ObjectNode weights = JsonNodeFactory.instance.objectNode();
    boolean channel = grid.groups(in) == 1;
    weights.put("num_bits", grid.width()).put("type", "int").put("symmetric", grid.symmetric());
    weights.put("strategy", channel ? "channel" : "group");
    if (channel) {
      weights.putNull("group_size");
    } else {
      weights.put("group_size", grid.groupIn(in));
    }
    weights.put("dynamic", false).putNull("actorder").putNull("block_structure");
    weights.put("observer", "memoryless_minmax").putObject("observer_kwargs");
    weights.putNull("scale_dtype");
    if (grid.symmetric()) {
      weights.putNull("zp_dtype");
    } else {
      weights.put("zp_dtype", "torch.int8");
    }
    return weights;
  }
}
