package io.compot.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.Model;
import io.compot.progress.ProgressListener;
import io.compot.testing.SharedData;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Perplexities of trained models as the programs that trained them measured them. */
class TrainedModelsPerplexityTest {

  @ParameterizedTest
  @CsvSource({
    "trained/qwen2-tinystories-1m, tinystories/heldout_stories_2000-2316.txt, 128, 14.48",
    "trained/opt-tinystories-1m, tinystories/heldout_stories_2000-2316.txt, 128, 20.21",
    "stories260k/hf, tinystories/tinystories_300.txt, 256, 4.99",
    "trained/wiki-llama-5m, wikitext2/wiki.test.raw, 128, 92.90",
  })
  void agrees(String model, String text, int window, double expected) throws Exception {
    try (Model loaded = Model.load(SharedData.path("data/" + model))) {
      Perplexity perplexity =
          loaded.evaluate(
              SharedData.path("data/text/" + text),
              PerplexityOptions.defaults().withWindow(window),
              ProgressListener.none());
      assertThat(perplexity.value()).isCloseTo(expected, within(0.003 * expected));
      PerplexityProtocol protocol = perplexity.protocol();
      assertThat(protocol.scored()).isEqualTo(protocol.windows() * (window - 1));
      assertThat(protocol.tokens()).isEqualTo(protocol.windows() * window + protocol.dropped());
    }
  }
}
