package io.compot.export.grouped;

import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.quantise.Grid;
import io.compot.quantise.GroupedMatrix;
import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.TensorSink;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.text.ConfigFile;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * MLX's affine groups, w = s·q + b: codes as a dense stream of words, a scale and a bias b = −s·z
 * for each group, both in the model's type, in which MLX then computes.
 */
record MlxLayout() implements Layout {

  private static final Set<Integer> WIDTHS = Set.of(2, 3, 4, 5, 6, 8);
  private static final Set<Integer> GROUPS = Set.of(32, 64, 128);
  private static final String SECTION = "quantization";

  @Override
  public boolean tables() {
    return true;
  }

  @Override
  public void adapt(ConfigFile config, boolean ownHead, ObjectNode into) throws InputException {
    new MlxConfig(config).put(ownHead, into);
  }

  @Override
  public void checkRows(ConfigFile config, String name, long in, int group) throws InputException {
    int own = new Grid(8, group, true, Dtype.F16).fitting(in).groupIn(in);
    if (!GROUPS.contains(own)) {
      throw InputException.in(
          config.file(),
          "rows of %d weights of %s are no whole number of groups of %s"
              .formatted(in, name, group == 32 ? "32, MLX's smallest" : Integer.toString(group)),
          group == 32 ? "use --format gguf or dense" : "take groups of 32");
    }
  }

  @Override
  public Dtype scales(Dtype model) {
    return model;
  }

  @Override
  public void check(ConfigFile config, Map<CodedWeight, Grid> grids, List<String> dense)
      throws InputException {
    for (var each : grids.entrySet()) {
      Grid grid = each.getValue();
      int group = grid.groupIn(each.getKey().in());
      if (!WIDTHS.contains(grid.width()) || !GROUPS.contains(group)) {
        throw InputException.in(
            config.file(),
            "%s has codes of %d bits in groups of %d, where MLX has 2, 3, 4, 5, 6 or 8 bits in groups of 32, 64 or 128"
                .formatted(each.getKey().name(), grid.width(), group),
            "compress with such groups, or use --format compressed-tensors or dense");
      }
    }
  }

  @Override
  public List<TensorInfo> tensors(CodedWeight weight, Grid grid, Dtype scales) {
    long groups = grid.groups(weight.in());
    long words = weight.in() * grid.width() / Integer.SIZE;
    return List.of(
        tensor(weight, "weight", Dtype.U32, words),
        tensor(weight, "scales", scales, groups),
        tensor(weight, "biases", scales, groups));
  }

  private static TensorInfo tensor(CodedWeight weight, String part, Dtype type, long columns) {
    return new TensorInfo(weight.name() + "." + part, type, List.of(weight.out(), columns));
  }

  @Override
  public void write(CodedWeight weight, GroupedMatrix matrix, Dtype scales, TensorSink sink)
      throws FailureException {
    String name = weight.name() + ".";
    Tensor stored = matrix.scales().to(scales.scalarType());
    Tensor zeros = matrix.zeroPoints().to(ScalarType.Double);
    Tensor biases = stored.to(ScalarType.Double).mul_(zeros).mul_(new Scalar(-1.0));
    sink.write(name + "weight", NativeMemory.bytes(matrix.codes().contiguous()));
    sink.write(name + "scales", stored.contiguous());
    sink.write(name + "biases", biases.to(scales.scalarType()).contiguous());
  }

  @Override
  public SequencedMap<String, ObjectNode> sections(
      Map<CodedWeight, Grid> grids, List<String> dense) {
    ObjectNode section = JsonNodeFactory.instance.objectNode();
    Map.Entry<CodedWeight, Grid> usual = grids.entrySet().iterator().next();
    put(section, usual.getKey(), usual.getValue());
    section.put("mode", "affine");
    // Each by its name: readers take the usual for the few that they do not find.
    grids.forEach((weight, grid) -> put(section.putObject(weight.name()), weight, grid));
    var sections = new LinkedHashMap<String, ObjectNode>();
    sections.put(SECTION, section);
    return sections;
  }

  private static void put(ObjectNode section, CodedWeight weight, Grid grid) {
    section.put("group_size", grid.groupIn(weight.in())).put("bits", grid.width());
  }
}
