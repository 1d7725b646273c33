package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.UsageException;
import io.compot.evaluation.PerplexityOptions;
import io.compot.method.Need;
import io.compot.plan.Fate;
import io.compot.plan.Plan;
import io.compot.plan.PlannedProjection;
import io.compot.progress.ProgressListener;
import io.compot.recipe.Allocations;
import io.compot.recipe.Methods;
import io.compot.recipe.ProjectionOverride;
import io.compot.result.CompressionReport;
import io.compot.result.LayerReport;
import io.compot.tensor.TensorScope;
import io.compot.testing.SmallDemo;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for every method under every allocation, on two blocks of the bundled model. */
class CombinationsTest {

  private static final double RATIO = 0.35;

  /** Whose sizes are whole steps of width, and so far apart. */
  private static final Set<String> FEW_FORMS = Set.of("rtn", "gptq", "trellis", "mix");

  /** One of each kind: the others' plans alone are made under all allocations. */
  private static final Set<String> MADE_BY_ALL = Set.of("compot", "svd-llm", "rtn");

  private static double ratio(String method) {
    return FEW_FORMS.contains(method) ? 0.9 : RATIO;
  }

  private static Path model;
  private static Path text;
  @TempDir private Path folder;

  @BeforeAll
  static void findTheModel() throws Exception {
    model = SmallDemo.model();
    text = SmallDemo.text();
  }

  /** All methods under all allocations. */
  static Stream<Arguments> combinations() {
    return Methods.all().stream()
        .filter(method -> !method.standard().needs(Need.MODEL))
        .flatMap(method ->
            Allocations.all().stream().map(way -> Arguments.of(method.name(), way.name())));
  }

  @ParameterizedTest
  @MethodSource("combinations")
  void spendsTheBudgetAndNothingMore(String method, String allocation) throws Exception {
    Path output = folder.resolve("out");
    boolean fewForms = FEW_FORMS.contains(method);
    Compression compression = compression(method, allocation).output(output);
    if (fewForms) {
      // Each is tried at every width there is, where an allocation goes by errors.
      compression.include("layers.0.self_attn").samples(4);
    }
    boolean isMade =
        MADE_BY_ALL.contains(method)
            || allocation.equals(compression(method, "auto").settings().allocation().name());
    Plan plan = isMade ? made(compression.run(), output) : compression.plan();
    long before = plan.compressed().before();
    long budget = (long) Math.floor((1 - ratio(method)) * before);
    long after = plan.compressed().after();
    assertThat(plan.allocation()).isEqualTo(allocation);
    assertThat(after).isLessThanOrEqualTo(budget);
    assertThat((double) after)
        .isCloseTo((double) budget, within((fewForms ? 0.01 : 0.002) * (before - budget)));
  }

  /** What was written is what was planned. */
  private static Plan made(CompressionReport report, Path output) throws Exception {
    long after = report.bits().projections().after();
    assertThat(report.layers()).isNotEmpty();
    assertThat(report.layers())
        .allSatisfy(layer -> {
          assertThat(layer.error()).isBetween(0.0, 1.5);
          assertThat(layer.ratio()).isBetween(0.0, 1.0);
          assertThat(layer.why()).isNotBlank();
        });
    long dense =
        report.plan().projections().stream()
            .filter(each -> each.fate() instanceof Fate.Kept)
            .mapToLong(PlannedProjection::bitsAfter)
            .sum();
    assertThat(report.layers().stream().mapToLong(LayerReport::bits).sum() + dense)
        .isEqualTo(after);
    long onDisk = 0;
    try (Checkpoint checkpoint = Checkpoint.open(output)) {
      for (String name : checkpoint.names()) {
        checkpoint.requireFinite(name);
        onDisk += checkpoint.info(name).bytes() * 8;
      }
    }
    assertThat(onDisk).isEqualTo(report.bits().model().after());
    return report.plan();
  }

  /** A width that is said without a budget is that of all; bits a weight are met from below. */
  @ParameterizedTest
  @CsvSource({"rtn, 4, 4.6", "gptq, 3, 3.6", "trellis, 2.5, 2.6"})
  void aWidthIsABudget(String method, String width, double most) throws Exception {
    Compression said = Compression.of(model).method(method).set("width", width);
    var projections = said.calibration(text).plan().projections();
    for (PlannedProjection each : projections) {
      assertThat(each.bitsAfter() / (double) (each.in() * each.out()))
          .as(each.name())
          .isBetween(Double.parseDouble(width), most);
    }
    Compression both = compression(method, "uniform").set("bits", "5");
    assertThatThrownBy(both::plan)
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("ratio and bits");
    Compression wide = Compression.of(model).method(method).calibration(text).samples(4).length(64);
    double bits =
        wide.set("bits", "4.75").plan().compressed().after()
            / (double) projections.stream().mapToLong(each -> each.in() * each.out()).sum();
    assertThat(bits).isBetween(4.6, 4.75);
    assertThatThrownBy(() -> wide.set("bits", "32").plan())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("bits 32.0");
  }

  /** Factors in few bits, with their scales and masks, take what the budget says. */
  @ParameterizedTest
  @CsvSource({
    "compot, 4, pooled, ratio, 0.88, 0.005",
    "compot+, 3, damage, bits, 2.5, 0.01",
    "cospadi, 4, knapsack, bits, 3, 0.005",
    "rocket, 6, whitened, ratio, 0.9, 0.005",
    "svd-llm, 4, uniform, bits, 3, 0.03",
    "svd, auto, uniform, bits, 2.5, 0.03"
  })
  void factorsOfAWidthMeetTheBudget(
      String method, String width, String allocation, String budget, double value, double left)
      throws Exception {
    Path output = folder.resolve("out");
    Compression said =
        Compression.of(model)
            .method(method)
            .allocation(allocation)
            .set("width", width)
            .forgiving()
            .set("iterations", 2)
            .include("self_attn", "layers.0.mlp.down_proj")
            .calibration(text)
            .samples(8)
            .length(64)
            .output(output);
    CompressionReport report = said.set(budget, value).run();
    long before = report.bits().projections().before();
    double most = budget.equals("bits") ? value * before / 32 : (1 - value) * before;
    assertThat((double) report.bits().projections().after()).isBetween((1 - left) * most, most);
    String shown = width.equals("auto") ? "4" : width;
    assertThat(report.layers())
        .isNotEmpty()
        .allSatisfy(each -> assertThat(each.size()).contains(", " + shown + " bits by "));
    long onDisk = 0;
    try (Checkpoint checkpoint = Checkpoint.open(output)) {
      for (String name : checkpoint.names()) {
        checkpoint.requireFinite(name);
        onDisk += checkpoint.info(name).bytes() * 8;
      }
    }
    assertThat(onDisk).isEqualTo(report.bits().model().after());
    try (Model loaded = Model.load(output)) {
      var options = PerplexityOptions.defaults().withWindow(64);
      assertThat(
              loaded.evaluate(text, options, ProgressListener.none()).meanNegativeLogLikelihood())
          .isBetween(1.0, 6.5);
    }
  }

  @Test
  void aWidthOfFactorsIsNoBudget() {
    assertThatThrownBy(() -> Compression.of(model).method("compot").set("width", "4").plan())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("the width of compot says how factors are stored");
  }

  @Test
  void thePlanIsWhatIsDone() throws Exception {
    var compression = compression("svd", "knapsack").calibration();
    assertThat(compression.output(folder.resolve("out")).run().plan())
        .isEqualTo(compression.plan());
  }

  /** Pooled ratios differ between projections, and calibration changes nothing about them. */
  @Test
  void pooledNeedsNoCalibration() throws Exception {
    var plan = compression("compot", "pooled").calibration().plan();
    assertThat(plan).isEqualTo(compression("compot", "pooled").plan());
    assertThat(plan.projections().stream().filter(PlannedProjection::compressed))
        .extracting(each -> Math.round(100.0 * each.bitsAfter() / each.bitsBefore()))
        .satisfies(parts -> assertThat(parts.stream().distinct().count()).isGreaterThan(3));
  }

  @Test
  void anAllocationByErrorsNeedsCalibration() {
    assertThatThrownBy(() -> compression("svd", "svd-llm-v2").calibration().plan())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("allocation svd-llm-v2 needs calibration text");
  }

  /** Guards hold in what is written, whatever the allocation. */
  @ParameterizedTest
  @ValueSource(strings = {"uniform", "pooled", "whitened"})
  void guardsHold(String allocation) throws Exception {
    var plan =
        compression("compot", allocation).set("min-ratio", 0.3).set("max-ratio", 0.45).plan();
    assertThat(plan.projections().stream().filter(PlannedProjection::compressed))
        .isNotEmpty()
        .allSatisfy(each ->
            assertThat(1 - each.bitsAfter() / (double) each.bitsBefore()).isBetween(0.3, 0.45));
    assertThat(plan.projections().stream().filter(each -> !each.chosen()))
        .allSatisfy(each -> assertThat(each.bitsAfter()).isEqualTo(each.bitsBefore()));
    assertThatThrownBy(() -> compression("compot", allocation).set("min-ratio", 0.4).plan())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("cannot be reached");
    assertThatThrownBy(() ->
            compression("compot", allocation).set("min-ratio", 0.4).set("max-ratio", 0.3).plan())
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("min-ratio 0.4");
  }

  /** The update lowers what each left factor leaves on the inputs it is given. */
  @Test
  void theSequentialUpdateAndTheLiteVariantRun() throws Exception {
    var sequential =
        compression("svd-llm", "uniform")
            .set("update", "sequential")
            .output(folder.resolve("a"))
            .run();
    var lite = compression("compot+lite", "auto").output(folder.resolve("b")).run();
    var once = compression("svd-llm", "uniform").output(folder.resolve("c")).run();
    assertThat(sequential.settings()).containsEntry("update", "sequential");
    assertThat(lite.allocation()).isEqualTo("whitened");
    assertThat(lite.layers()).allSatisfy(each -> assertThat(each.error()).isBetween(0.0, 1.0));
    assertThat(sequential.layers().getLast().error()).isNotEqualTo(once.layers().getLast().error());
    assertThat(sequential.layers().getFirst().error())
        .isCloseTo(once.layers().getFirst().error(), within(1e-6));
  }

  /**
   * Errors are told of the original's weight, whatever was factorised; a method that looks at the
   * weight alone is given the weight, also beside a compressed prefix.
   */
  @Test
  void errorsAreThoseOfTheOriginalWeights() throws Exception {
    Path output = folder.resolve("out");
    var lite =
        compression("compot+lite", "uniform")
            .overrides(ProjectionOverride.of("layers.1.self_attn.o_proj").withMethod("svd"))
            .output(output)
            .run();
    var svd = compression("svd", "uniform").output(folder.resolve("svd")).run();
    Path dense = folder.resolve("dense");
    Export.dense(output, dense, false, ProgressListener.none());
    try (Checkpoint before = Checkpoint.open(model);
        Checkpoint after = Checkpoint.open(dense);
        var _ = TensorScope.open()) {
      for (LayerReport layer : lite.layers()) {
        Tensor weight = before.tensor(layer.name() + ".weight").to(ScalarType.Double);
        Tensor left = after.tensor(layer.name() + ".weight").to(ScalarType.Double).sub(weight);
        double error = left.norm().item_double() / weight.norm().item_double();
        assertThat(layer.relativeError().weight())
            .as(layer.name())
            .isCloseTo(error, within(0.01 * error));
        assertThat(layer.relativeError().target() != null)
            .isEqualTo(layer.method().equals("compot+lite"));
      }
    }
    var name = "model.layers.1.self_attn.o_proj";
    // But for what each of the two allocations left over.
    assertThat(weightError(lite, name)).isCloseTo(weightError(svd, name), within(0.02));
  }

  private static double weightError(CompressionReport report, String name) {
    return report.layers().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow()
        .relativeError()
        .weight();
  }

  private static Compression compression(String method, String allocation) {
    return Compression.of(model)
        .method(method)
        .allocation(allocation)
        .ratio(ratio(method))
        .forgiving()
        .set("iterations", 1)
        .include("self_attn", "layers.0.mlp.down_proj")
        .calibration(text)
        .samples(8)
        .length(64);
  }
}
