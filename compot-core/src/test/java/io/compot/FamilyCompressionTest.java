package io.compot;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.checkpoint.Checkpoint;
import io.compot.method.Need;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.WeightLoader;
import io.compot.progress.ProgressListener;
import io.compot.recipe.Methods;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.EditedCheckpoint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/** Families through the whole of a compression, GPT-2 by every method, and out again. */
class FamilyCompressionTest {

  private static final int VOCABULARY = 53;

  /** Which look at everything that methods look at: inputs, gradients, the compressed prefix. */
  private static final List<String> SOME = List.of("compot", "compot+", "mix");

  @TempDir private Path folder;

  static Stream<Arguments> familiesAndMethods() {
    Stream<Arguments> every =
        Methods.all().stream()
            .filter(each -> !each.standard().needs(Need.MODEL))
            .map(each -> Arguments.of("gpt2", each.name()));
    Stream<Arguments> some =
        Stream.of(
                "gemma2",
                "gemma3_text",
                "mixtral",
                "qwen2_moe",
                "phi3",
                "olmo2",
                "granite",
                "smollm3")
            .flatMap(family -> SOME.stream().map(method -> Arguments.of(family, method)));
    return Stream.concat(every, some);
  }

  @ParameterizedTest
  @MethodSource("familiesAndMethods")
  void denseExportComputesWhatThePackedModelDoes(String family, String method) throws Exception {
    Path model = model(family);
    Path packed = folder.resolve("packed");
    Path dense = folder.resolve("dense");
    var report =
        Compression.of(model)
            .method(method)
            .ratio(0.6)
            .calibration(text())
            .allSamples()
            .length(16)
            .output(packed)
            .run();
    assertThat(report.layers()).isNotEmpty();
    assertThat(report.bits().projections().after())
        .isLessThanOrEqualTo((long) (0.4 * report.bits().projections().before()));
    Export.dense(packed, dense, false, ProgressListener.none());
    try (var _ = TensorScope.open();
        Checkpoint before = Checkpoint.open(model);
        Checkpoint smaller = Checkpoint.open(packed);
        Checkpoint whole = Checkpoint.open(dense)) {
      assertThat(whole.names()).isEqualTo(before.names());
      boolean exact = true;
      for (String name : before.names()) {
        assertThat(whole.info(name).shape()).as(name).isEqualTo(before.info(name).shape());
        exact &= whole.info(name).dtype() == Dtype.F32;
      }
      Tensor expected = logits(smaller);
      // What is on a grid with scales of half precision is written out in half precision.
      assertThat(expected.sub(logits(whole)).abs().amax().item_double())
          .isLessThan(exact ? 1e-3 : 0.1);
      assertThat(expected.sub(logits(before)).abs().amax().item_double()).isGreaterThan(1e-3);
    }
  }

  private static Tensor logits(Checkpoint checkpoint) throws Exception {
    try (var scope = TensorScope.open();
        CausalModel model =
            CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32))) {
      Tensor tokens = Tensor.create(new long[] {5, 9, 17, 33, 4, 2, 41, 40, 8, 51, 3, 3});
      return scope.keep(model.logits(tokens.unsqueeze(0)));
    }
  }

  /** In single precision, so that products are rounded the same whoever makes them. */
  private Path model(String family) throws Exception {
    Path fixture = Path.of(getClass().getResource("/golden/" + family).toURI());
    try (var _ = TensorScope.open()) {
      var edited = EditedCheckpoint.read(fixture);
      edited.tensors().replaceAll((_, weight) -> weight.to(ScalarType.Float));
      Path written = edited.write(folder);
      Files.writeString(written.resolve("tokenizer.json"), tokenizer());
      return written;
    }
  }

  private static String tokenizer() {
    var json = new JsonMapper().createObjectNode();
    json.put("version", "1.0");
    json.putArray("added_tokens");
    json.putObject("pre_tokenizer").put("type", "WhitespaceSplit");
    var model = json.putObject("model").put("type", "WordLevel").put("unk_token", "w0");
    var words = model.putObject("vocab");
    for (int id = 0; id < VOCABULARY; id++) {
      words.put("w" + id, id);
    }
    return json.toString();
  }

  private Path text() throws Exception {
    String words =
        new SplittableRandom(5)
            .ints(1024, 0, VOCABULARY)
            .mapToObj(id -> "w" + id)
            .collect(Collectors.joining(" "));
    return Files.writeString(folder.resolve("text.txt"), words);
  }
}
