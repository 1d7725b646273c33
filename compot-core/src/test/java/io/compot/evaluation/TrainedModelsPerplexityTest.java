package io.compot.evaluation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.Model;
import io.compot.progress.ProgressListener;
import io.compot.testing.SharedData;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Perplexities of trained models as the programs that trained them measured them, or, of the
 * beginning of a long text, as transformers computes it.
 */
class TrainedModelsPerplexityTest {

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "trained/qwen2-tinystories-1m, tinystories/heldout_stories_2000-2316.txt, 128, 14.48",
    "trained/opt-tinystories-1m, tinystories/heldout_stories_2000-2316.txt, 128, 20.21",
    "stories260k/hf, tinystories/tinystories_300.txt, 256, 4.99",
  })
  void agrees(String model, String text, int window, double expected) throws Exception {
    agrees(model, SharedData.path("data/text/" + text), window, expected);
  }

  @Test
  void agreesOnTheBeginningOfWikiText() throws Exception {
    String whole = Files.readString(SharedData.path("data/text/wikitext2/wiki.test.raw"));
    Path beginning = Files.writeString(folder.resolve("wiki.txt"), whole.substring(0, 50_000));
    agrees("trained/wiki-llama-5m", beginning, 128, 86.603);
  }

  /** The long form of it. */
  @Tag("reliability")
  @Test
  void agreesOnWikiText() throws Exception {
    agrees(
        "trained/wiki-llama-5m", SharedData.path("data/text/wikitext2/wiki.test.raw"), 128, 92.90);
  }

  private static void agrees(String model, Path text, int window, double expected)
      throws Exception {
    try (Model loaded = Model.load(SharedData.path("data/" + model))) {
      Perplexity perplexity =
          loaded.evaluate(
              text, PerplexityOptions.defaults().withWindow(window), ProgressListener.none());
      assertThat(perplexity.value()).isCloseTo(expected, within(0.003 * expected));
      PerplexityProtocol protocol = perplexity.protocol();
      assertThat(protocol.scored()).isEqualTo(protocol.windows() * (window - 1));
      assertThat(protocol.tokens()).isEqualTo(protocol.windows() * window + protocol.dropped());
    }
  }
}
