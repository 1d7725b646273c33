package io.compot.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.compot.error.InputException;
import io.compot.form.DenseForm;
import io.compot.form.Form;
import io.compot.form.LowRankForm;
import io.compot.form.Numbers;
import io.compot.form.SparseForm;
import io.compot.form.SumForm;
import io.compot.quantise.Grid;
import io.compot.tensor.Dtype;
import io.compot.testing.NoWeights;
import io.compot.text.ConfigFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompressionSectionTest {

  private static final String PLAIN = "{\"numbers\":\"plain\",\"dtype\":\"F16\"}";

  @TempDir Path folder;

  @Test
  void everyFormComesBackAndTheRestStaysAsItWas() throws Exception {
    String text = "{\"z\":1.50,\"a\":10000.0}";
    Files.writeString(folder.resolve("config.json"), text);
    var sparse =
        new SparseForm(
            66,
            33,
            new Numbers.Grouped(new Grid(4, 32, false, Dtype.BF16)),
            new Numbers.Plain(Dtype.F16));
    var base = new DenseForm(new Numbers.Grouped(new Grid(3, Grid.ROW, true, Dtype.F32)));
    var rest = LowRankForm.plain(12, Dtype.F32);
    Map<String, Form> forms =
        Map.of("p.sparse", sparse, "p.low", rest, "p.base", base, "p.sum", new SumForm(base, rest));
    var section = new CompressionSection("compot", 0.2, forms);
    Files.write(folder.resolve("config.json"), section.addedTo(read()));
    ConfigFile packed = read();
    assertThat(packed.tree().toString())
        .startsWith(text.substring(0, text.length() - 1))
        .contains("\"version\":2")
        .contains(
            "{\"form\":\"sparse\",\"k\":66,\"s\":33,\"dictionary\":{\"numbers\":\"grouped\","
                + "\"width\":4,\"group\":32,\"symmetric\":false,\"scale\":\"BF16\"},\"values\":"
                + PLAIN
                + "}");
    assertThat(CompressionSection.read(packed, new NoWeights())).contains(section);
    // transformers and vLLM refuse a quantisation that they do not know, transformers 5 a file of
    // weights that is no safetensors file; else they would go on with random weights.
    assertThat(packed.object("quantization_config").text("quant_method")).isEqualTo("compot");
    assertThat(packed.text("transformers_weights")).contains("compot export").doesNotEndWith("s");
    assertThat(CompressionSection.ours(packed)).isTrue();
    Files.write(folder.resolve("config.json"), CompressionSection.removedFrom(packed));
    assertThat(read().tree()).hasToString(text);
    assertThat(CompressionSection.read(read(), new NoWeights())).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"quantization_config\":{\"quant_method\":\"gptq\"}}",
        "{\"quantization_config\":{\"quant_method\":\"compot\"}}",
        "{\"quantization_config\":{\"quant_method\":\"gptq\"},\"compression\":{\"format\":\"compot\"}}",
        "{\"quantization_config\":{},\"compression\":{\"format\":\"compot\"}}"
      })
  void knowsWhatOthersHaveQuantised(String config) throws Exception {
    Files.writeString(folder.resolve("config.json"), config);
    assertThat(CompressionSection.ours(read())).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"format\":\"other\"} | other",
        "{\"version\":1} | format",
        "{\"format\":\"compot\",\"version\":3} | versions 1 to 2",
        "{\"format\":\"compot\",\"version\":1} | ratio",
        "{\"format\":\"compot\",\"version\":1,\"ratio\":1.5} | ratio",
        "{\"format\":\"compot\",\"version\":1,\"ratio\":0.5} | projections",
        "[] | compression"
      })
  void refusesUnknownCompression(String section, String mention) throws Exception {
    refuses(section, mention);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "1 | {\"rank\":0} | compression.projections.q.rank",
        "1 | {\"rank\":3} | compression.projections.q.left",
        "1 | {\"atoms\":3,\"nonzeros\":4} | compression.projections.q.dictionary",
        "2 | {\"rank\":3} | compression.projections.q.form",
        "2 | {\"form\":\"butterfly\"} | butterfly",
        "2 | {\"form\":\"butterfly\"} | dense, low-rank, masked, sparse, sum",
        "2 | {\"form\":\"sparse\",\"k\":3} | compression.projections.q.s",
        "2 | {\"form\":\"low-rank\",\"rank\":3,\"left\":{}} | compression.projections.q.left.numbers",
        "2 | {\"form\":\"dense\",\"weight\":{\"numbers\":\"ternary\"}} | grouped, plain",
        "2 | {\"form\":\"dense\",\"weight\":{\"numbers\":\"trellis\"}} | multiplier",
        "2 | {\"form\":\"dense\",\"weight\":{\"numbers\":\"trellis\",\"multiplier\":4}} | odd",
        "2 | {\"form\":\"dense\",\"weight\":{\"numbers\":\"trellis\",\"multiplier\":3,\"half-bits\":13}} | half-bits",
        "2 | {\"form\":\"dense\",\"weight\":{\"numbers\":\"plain\",\"dtype\":\"U8\"}} | BF16, F16, F32",
        "2 | {\"form\":\"dense\",\"weight\":{\"numbers\":\"grouped\",\"width\":9}} | from 2 to 8",
        "2 | {\"form\":\"dense\",\"weight\":{\"numbers\":\"grouped\",\"width\":4,\"group\":7}} | group",
        "2 | {\"form\":\"dense\",\"weight\":{\"numbers\":\"grouped\",\"width\":4}} | weight.scale"
      })
  void refusesUnknownForms(int version, String form, String mention) throws Exception {
    refuses(
        "{\"format\":\"compot\",\"version\":%d,\"method\":\"svd\",\"ratio\":0.5,\"projections\":{\"q\":%s}}"
            .formatted(version, form),
        mention);
  }

  private void refuses(String section, String mention) throws Exception {
    Files.writeString(folder.resolve("config.json"), "{\"compression\": " + section + "}");
    assertThatExceptionOfType(InputException.class)
        .isThrownBy(() -> CompressionSection.read(read(), new NoWeights()))
        .withMessageContaining(mention)
        .satisfies(e -> assertThat(e.getMessage()).hasLineCount(1));
  }

  private ConfigFile read() throws InputException {
    return ConfigFile.read(folder.resolve("config.json"));
  }
}
