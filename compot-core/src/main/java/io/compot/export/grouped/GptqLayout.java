package io.compot.export.grouped;

import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.grouped.CodeStreams;
import io.compot.grouped.Gptq;
import io.compot.grouped.GroupedWeight;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.TensorSink;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.text.ConfigFile;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.bytedeco.pytorch.global.torch.ScalarType;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * GPTQ's checkpoints. Symmetric grids go as version 1, which every reader knows; grids with zero
 * points as version 2, for version 1 stores a zero less one and readers differ where it is 0.
 */
record GptqLayout() implements Layout {

  private static final Set<Integer> WIDTHS = Set.of(2, 3, 4, 8);
  private static final String OTHER = "--format compressed-tensors has a place for them";

  @Override
  public Dtype scales(Dtype model) {
    return Dtype.F16;
  }

  @Override
  public void check(ConfigFile config, Map<CodedWeight, Grid> grids, List<String> dense)
      throws InputException {
    if (!dense.isEmpty()) {
      throw refuse(
          config, dense.getFirst() + " and others are on no grid, where GPTQ has one for all");
    }
    int group = 0;
    Grid first = grids.values().iterator().next();
    for (var each : grids.entrySet()) {
      CodedWeight weight = each.getKey();
      Grid grid = each.getValue();
      int own = size(weight, grid);
      group = group == 0 ? own : group;
      if (own != group || grid.width() != first.width() || grid.symmetric() != first.symmetric()) {
        throw refuse(
            config,
            "%s has another grid than those before it (%d bits in groups of %d), where GPTQ has one for all"
                .formatted(weight.name(), grid.width(), grid.groupIn(weight.in())));
      }
      boolean words =
          weight.in() * grid.width() % Integer.SIZE == 0
              && weight.out() * grid.width() % Integer.SIZE == 0;
      if (!WIDTHS.contains(grid.width()) || !words) {
        throw refuse(
            config,
            "%s: %d x %d codes of %d bits fill no whole words of GPTQ"
                .formatted(weight.name(), weight.out(), weight.in(), grid.width()));
      }
    }
  }

  private static InputException refuse(ConfigFile config, String problem) {
    return InputException.in(config.file(), problem, OTHER);
  }

  private static int size(CodedWeight weight, Grid grid) {
    return grid.groups(weight.in()) == 1 ? -1 : grid.groupIn(weight.in());
  }

  @Override
  public List<TensorInfo> tensors(CodedWeight weight, Grid grid, Dtype scales) {
    long in = weight.in();
    long out = weight.out();
    long groups = grid.groups(in);
    return List.of(
        tensor(weight, "qweight", Dtype.I32, in * grid.width() / Integer.SIZE, out),
        tensor(weight, "qzeros", Dtype.I32, groups, out * grid.width() / Integer.SIZE),
        tensor(weight, "scales", scales, groups, out),
        tensor(weight, "g_idx", Dtype.I32, in));
  }

  private static TensorInfo tensor(CodedWeight weight, String part, Dtype type, Long... shape) {
    return new TensorInfo(weight.name() + "." + part, type, List.of(shape));
  }

  @Override
  public void write(CodedWeight weight, GroupedMatrix matrix, Dtype scales, TensorSink sink)
      throws FailureException {
    Grid grid = matrix.grid();
    int in = Math.toIntExact(weight.in());
    int groups = Math.toIntExact(grid.groups(in));
    int words = Math.toIntExact(matrix.codes().size(1));
    var coded =
        new GroupedWeight(
            Math.toIntExact(weight.out()),
            in,
            groups,
            CodeStreams.alongRows(
                NativeMemory.bytes(matrix.codes()).toArray(ValueLayout.JAVA_INT),
                grid.width(),
                words,
                true),
            new float[0],
            NativeMemory.bytes(matrix.zeroPoints()).toArray(ValueLayout.JAVA_BYTE),
            GroupedWeight.consecutive(in, grid.groupIn(in)));
    String name = weight.name() + ".";
    sink.write(name + "scales", matrix.scales().to(ScalarType.Half).t().contiguous());
    try (var arena = Arena.ofConfined()) {
      sink.write(name + "qweight", arena.allocateFrom(ValueLayout.JAVA_INT, Gptq.qweight(coded)));
      sink.write(
          name + "qzeros",
          arena.allocateFrom(ValueLayout.JAVA_INT, Gptq.qzeros(coded, grid.symmetric())));
      sink.write(
          name + "g_idx",
          arena.allocateFrom(
              ValueLayout.JAVA_INT, GroupedWeight.consecutive(in, grid.groupIn(in))));
    }
  }

  @Override
  public SequencedMap<String, ObjectNode> sections(
      Map<CodedWeight, Grid> grids, List<String> dense) {
    var first = grids.entrySet().iterator().next();
    Grid grid = first.getValue();
    ObjectNode section = JsonNodeFactory.instance.objectNode();
    section.put("quant_method", "gptq").put("bits", grid.width());
    section.put("group_size", size(first.getKey(), grid)).put("desc_act", false);
    section.put("sym", grid.symmetric()).put("lm_head", false).put("pack_dtype", "int32");
    section.put("checkpoint_format", grid.symmetric() ? "gptq" : "gptq_v2");
    section.putObject("meta").putArray("quantizer").add("compot");
    var sections = new LinkedHashMap<String, ObjectNode>();
    sections.put("quantization_config", section);
    sections.put("quantize_config.json", section);
    return sections;
  }
}
