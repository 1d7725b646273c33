package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.compot.error.UsageException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** A loaded model in somebody's application. */
class ModelTest {

  private static final Path DEMO = Path.of("..", "demo");

  @Test
  void tokensAndBack() throws Exception {
    try (Model model = Model.load(DEMO.resolve("model"))) {
      List<Integer> tokens = model.encode("Once upon a time, Lily said.");
      assertThat(tokens).isNotEmpty();
      assertThat(model.decode(tokens).strip()).isEqualTo("Once upon a time, Lily said.");
      assertThat(model.decode(List.of())).isEmpty();
      assertThatExceptionOfType(UsageException.class)
          .isThrownBy(() -> model.decode(List.of(1_000_000)))
          .withMessageContaining("1000000 is not in the vocabulary");
    }
  }

  @Test
  void aTextEndsWhereItIsStopped() throws Exception {
    try (Model model = Model.load(DEMO.resolve("model"))) {
      List<String> heard = new ArrayList<>();
      Generation story =
          model
              .generate(
                  new Prompt.Text("Once"),
                  GenerationOptions.defaults(),
                  piece -> heard.add(piece.text()),
                  () -> heard.size() == 3)
              .getFirst();
      assertThat(story.end()).isEqualTo(Generation.End.STOPPED);
      assertThat(heard).hasSize(3);
    }
  }

  @Test
  void aClosedModelSaysSo() throws Exception {
    Model model = Model.load(DEMO.resolve("model"));
    Model other = Model.load(DEMO.resolve("model"));
    model.close();
    model.close();
    var options = GenerationOptions.defaults();
    Path text = DEMO.resolve("heldout.txt");
    for (Asked asked :
        List.<Asked>of(
            () -> model.generate("Once", options, _ -> {}),
            () -> model.encode("Once"),
            () -> model.decode(List.of(1)),
            () -> model.forward(List.of(1)),
            () -> model.score(List.of(1, 2), 1, () -> false),
            () -> model.evaluate(text),
            () -> model.digests(),
            () -> model.compareWith(other, text, OptionalInt.empty(), _ -> {}),
            () -> other.compareWith(model, text, OptionalInt.empty(), _ -> {}))) {
      assertThatIllegalStateException()
          .isThrownBy(asked::now)
          .withMessageContaining("is closed; load it again");
    }
    other.close();
  }

  private interface Asked {
    void now() throws Exception;
  }
}
