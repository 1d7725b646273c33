package io.compot.evaluation.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.log_softmax;

import io.compot.error.InputException;
import io.compot.evaluation.LoadedModel;
import io.compot.evaluation.data.DataFile;
import io.compot.evaluation.python.PythonText;
import io.compot.evaluation.result.Measurement;
import io.compot.progress.ProgressListener;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import io.compot.text.rows.Row;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WikiTextTest {

  @Test
  void detokenizes() {
    assertThat(
            WikiText.detokenize(
                "He 's 1 @,@ 000 @.@ 5 well @-@ known ( a b ) , \" q \" ; x . \n y"))
        .isEqualTo("He's 1,000.5 well-known (a b), \"q\"; x.\ny");
    assertThat(WikiText.detokenize(" = = Head = = \n = = = Sub = = = \n"))
        .isEqualTo(" == Head ==\n=== Sub ===\n");
    assertThat(WikiText.detokenize("dogs ' 5 \u00b0 N [ x ] { y } ' z '"))
        .isEqualTo("dogs'5\u00b0N [x] {y}' z '");
  }

  /** The canonical file has the 62 documents that the harness reports. */
  @Test
  void pagesOfTheTestSet() throws Exception {
    List<Row> rows = DataFile.rows(SharedData.path("data/text/wikitext2/wiki.test.raw"));
    assertThat(rows).hasSize(62);
    assertThat(rows.getFirst().text("page")).startsWith(" = Robert Boulter = \n \n Robert");
    List<String> detokenized = new ArrayList<>();
    for (Row row : rows) {
      detokenized.add(WikiText.detokenize(row.text("page")));
    }
    // Digest of what the harness's own wikitext_detokenizer makes of all pages.
    assertThat(PromptsTest.sha256(String.join("\0", detokenized)))
        .isEqualTo("b0ae50e166add20959a5406d9b3c99fe1f23819ec0a10149047149434fb85d81");
    long words = 0;
    long bytes = 0;
    for (Row row : rows) {
      words += PythonText.words(row.text("page"));
      bytes += row.text("page").getBytes(StandardCharsets.UTF_8).length;
    }
    // Counted with Python's re.split.
    assertThat(words).isEqualTo(241_335);
    assertThat(bytes).isEqualTo(1_290_527);
  }

  @ParameterizedTest
  @ValueSource(strings = {"data/stories260k/hf", "data/trained/opt-tinystories-1m"})
  void agreesWithANaiveImplementation(String folder) throws Exception {
    agrees(folder, 3);
  }

  /** All of the test set, which takes minutes. */
  @ParameterizedTest
  @ValueSource(strings = {"data/stories260k/hf", "data/trained/opt-tinystories-1m"})
  @Tag("reliability")
  void agreesWithANaiveImplementationOnTheWholeTestSet(String folder) throws Exception {
    agrees(folder, 62);
  }

  private static void agrees(String folder, int pages) throws Exception {
    Path data = SharedData.path("data/text");
    try (var loaded = LoadedModel.open(SharedData.path(folder))) {
      List<Measurement> measured =
          new TaskEvaluation(
                  loaded.scored(), TaskOptions.defaults().withLimit(pages), ProgressListener.none())
              .run(List.of("wikitext"), data);
      double logLikelihood = 0;
      double words = 0;
      double bytes = 0;
      for (Row row : DataFile.rows(data.resolve("wikitext2/wiki.test.raw")).subList(0, pages)) {
        String page = row.text("page");
        logLikelihood += naive(loaded, WikiText.detokenize(page));
        words += page.split("\\s+", -1).length;
        bytes += page.getBytes(StandardCharsets.UTF_8).length;
      }
      assertThat(measured.stream().map(Measurement::metric))
          .containsExactly("word_perplexity", "byte_perplexity", "bits_per_byte");
      // exp of 6 nats a word: compare the exponent, to which 1e-6 applies.
      assertThat(Math.log(measured.get(0).value())).isCloseTo(-logLikelihood / words, within(1e-6));
      assertThat(measured.get(1).value()).isCloseTo(Math.exp(-logLikelihood / bytes), within(1e-6));
      assertThat(measured.get(2).value())
          .isCloseTo(-logLikelihood / bytes / Math.log(2), within(1e-6));
    }
  }

  /** Each token behind what its window shows of the tokens before it, one window at a time. */
  private static double naive(LoadedModel loaded, String text) throws InputException {
    long[] tokens = loaded.tokenizer().encode(text, false);
    int max = loaded.model().architecture().contextLength();
    double sum = 0;
    for (int start = 0; start < tokens.length; start += max) {
      int end = Math.min(tokens.length, start + max);
      // The last window reaches back so that it is full.
      int from = start == 0 ? -1 : end - max - 1;
      long[] input = new long[end - 1 - from];
      for (int i = 0; i < input.length; i++) {
        input[i] = from + i < 0 ? loaded.tokenizer().bosId().orElseThrow() : tokens[from + i];
      }
      try (var _ = TensorScope.open()) {
        Tensor logits = loaded.model().logits(Tensor.create(input).unsqueeze(0)).squeeze(0);
        Tensor logProbabilities = log_softmax(logits.to(ScalarType.Double), 1);
        Tensor wanted = Tensor.create(Arrays.copyOfRange(tokens, start, end));
        int scored = end - start;
        sum +=
            logProbabilities
                .narrow(0, input.length - scored, scored)
                .gather(1, wanted.unsqueeze(1))
                .sum()
                .item_double();
      }
    }
    return sum;
  }
}
