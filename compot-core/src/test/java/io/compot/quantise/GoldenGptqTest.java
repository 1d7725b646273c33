package io.compot.quantise;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.error.CompotException;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The codes, scales and errors of llm-compressor and of GPTQ's original code. They compute in F32
 * and flip a few codes against a replay in double; each flip changes the rest of its row.
 */
class GoldenGptqTest {

  private final TensorScope scope = TensorScope.open();
  private final List<Feedback> held = new ArrayList<>();
  private int checked;
  private long differing;
  private long codes;

  @AfterEach
  void close() {
    held.forEach(Feedback::close);
    scope.close();
  }

  @Test
  void agreesOnARandomLayer() throws CompotException, IOException {
    Path folder = Path.of("src/test/resources/golden/gptq");
    check(folder.resolve("q_proj.safetensors"));
    assertThat(checked).isEqualTo(20);
    assertThat(differing).isZero();
  }

  @Test
  void agreesOnAllLayers() throws CompotException, IOException {
    try (var files = Files.list(SharedData.path("quant/golden"))) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".safetensors") && !name.endsWith("tokens.safetensors")) {
          check(file);
        }
      }
    }
    assertThat(checked).isGreaterThan(200);
    assertThat(differing).isLessThan(codes / 500);
  }

  private void check(Path file) throws CompotException, IOException {
    String json = file.getFileName().toString().replace(".safetensors", ".json");
    JsonNode results =
        new JsonMapper().readTree(Files.readString(file.resolveSibling(json))).required("results");
    try (var golden = SafetensorsFile.open(file);
        var natural = Feedback.of(golden.tensor("hessian"), Feedback.Order.NATURAL, "golden");
        var active = Feedback.of(golden.tensor("hessian"), Feedback.Order.ACTIVITY, "golden")) {
      for (String key : results.propertyNames()) {
        boolean ours = key.contains(".lc.") || key.contains(".static");
        // The original code halves the scale of symmetric groups without negative entries.
        boolean halved = key.contains("g8s") && key.contains(".ist.") && !key.contains(".mse");
        if (ours && !halved) {
          boolean act = key.contains(".act");
          checkOne(golden, key, results.required(key), act ? active : natural);
        }
      }
    }
  }

  private void checkOne(SafetensorsFile golden, String key, JsonNode facts, Feedback feedback)
      throws CompotException {
    Tensor weight = golden.tensor("weight");
    int group = Math.max(0, facts.required("group").asInt());
    var grid =
        new Grid(
            facts.required("bits").asInt(),
            group,
            facts.required("symmetric").asBoolean(),
            Dtype.F32);
    boolean searched = facts.path("mse").asBoolean(false);
    Tensor columns = weight.t().contiguous();
    try (GroupedMatrix found =
        key.startsWith("rtn")
            ? RoundToNearest.quantise(key, weight, grid, RangeRule.MIN_MAX)
            : searched
                ? Gptq.quantise(columns, feedback, given(golden, key, grid, columns))
                : Gptq.quantise(key, weight, feedback, grid, RangeRule.MIN_MAX)) {
      assertThat(torch.equal(found.scales(), golden.tensor(key + ".scales"))).as(key).isTrue();
      Tensor zeros = zeros(golden, key, grid, found.scales()).to(ScalarType.Byte);
      assertThat(torch.equal(found.zeroPoints(), zeros)).as(key).isTrue();
      Tensor difference = found.integers().ne(golden.tensor(key + ".codes"));
      long differ = difference.sum().item_long();
      double error = error(golden, weight, found);
      double theirs = facts.required("err").asDouble();
      if (key.startsWith("rtn")) {
        assertThat(differ).as(key).isZero();
        assertThat(error).as(key).isCloseTo(theirs, within(1e-6 * theirs));
      } else {
        long rows = difference.sum(1).gt(new Scalar(0L)).sum().item_long();
        long replay = facts.required("float64_replay_rows_touched").asLong();
        assertThat(rows).as(key).isLessThanOrEqualTo(Math.max(2 * replay, weight.size(0) / 25));
        double allowed =
            Math.abs(facts.required("float64_replay_err").asDouble() - theirs) * 2 + 4e-3 * theirs;
        assertThat(error).as(key).isCloseTo(theirs, within(allowed));
      }
      checked++;
      differing += differ;
      codes += difference.numel();
    }
  }

  private static double error(SafetensorsFile golden, Tensor weight, GroupedMatrix found)
      throws CompotException {
    Tensor error = found.dense(Dtype.F32).sub_(weight).to(ScalarType.Double);
    return error.mm(golden.tensor("hessian")).mul_(error).sum().item_double();
  }

  private static FittedGrid given(SafetensorsFile golden, String key, Grid grid, Tensor columns)
      throws CompotException {
    Tensor scales = golden.tensor(key + ".scales").t().contiguous();
    Tensor zeros = zeros(golden, key, grid, scales.t()).to(ScalarType.Float).t().contiguous();
    assertThat(scales.size(1)).isEqualTo(columns.size(1));
    return new FittedGrid(grid, scales, zeros);
  }

  private static Tensor zeros(SafetensorsFile golden, String key, Grid grid, Tensor scales)
      throws CompotException {
    return golden.has(key + ".zeros")
        ? Objects.requireNonNull(golden.tensor(key + ".zeros"))
        : torch.full_like(scales, new Scalar((double) grid.middle()));
  }
}
