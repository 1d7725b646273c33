package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.chat.Conversation;
import io.compot.error.InputException;
import io.compot.generation.batch.BatchLimits;
import io.compot.progress.StopRequest;
import io.compot.testing.SeeingFixture;
import io.compot.vision.ConversationImages;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Conversations with images, from files to answers. */
class SeeingModelTest {

  @TempDir private Path folder;

  private Path model() throws Exception {
    return SeeingFixture.model(folder.resolve("model"));
  }

  private Path image(int colour) throws Exception {
    return Files.write(folder.resolve(colour + ".png"), SeeingFixture.image(colour, "png"));
  }

  private static List<Integer> answer(Model model, Prompt prompt) throws Exception {
    var options = GenerationOptions.defaults().withMaxTokens(8);
    return model.generate(prompt, options, _ -> {}, StopRequest.never()).getFirst().tokens();
  }

  private static Prompt asked(Path... images) {
    return new Prompt.Chat(
        Conversation.of(List.of(ConversationImages.message(List.of(images), "What is it?"))));
  }

  @Test
  void answersFollowTheImages() throws Exception {
    try (Model model = Model.load(model(), Computation.F32)) {
      Path one = image(77);
      Path other = image(990_001);
      List<Integer> first = answer(model, asked(one));
      List<Integer> second = answer(model, asked(other));
      // As many tokens in both prompts: what was seen of one is not taken for the other.
      assertThat(first).hasSize(8).isNotEqualTo(second);
      assertThat(answer(model, asked(one))).isEqualTo(first);
      assertThat(answer(model, asked(one, other))).isNotEqualTo(first);
    }
  }

  @Test
  void textAfterImagesIsAsWithoutThem() throws Exception {
    var text = new Prompt.Text("What is it?");
    Path folder = model();
    List<Integer> expected;
    try (Model model = Model.load(folder, Computation.F32)) {
      expected = answer(model, text);
    }
    try (Model model = Model.load(folder, Computation.F32)) {
      answer(model, asked(image(77)));
      assertThat(answer(model, text)).isEqualTo(expected);
    }
  }

  @Test
  void refusesPlacesWithoutImages() throws Exception {
    try (Model model = Model.load(model(), Computation.F32)) {
      assertThatThrownBy(() -> answer(model, new Prompt.Tokens(List.of(1, 265, 268, 266))))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("1 places for images, but there are none");
      Prompt seeing = asked(image(77));
      assertThatThrownBy(() -> model.tokens(seeing))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("of which no tokens are made here");
      assertThatThrownBy(() -> answer(model, asked(folder.resolve("none.png"))))
          .isInstanceOf(InputException.class)
          .hasMessageContaining("none.png");
    }
  }

  /** Pieces are short, so that prompts with images are read while others write. */
  @Test
  void manyAtOnceAreAsEachAlone() throws Exception {
    Path folder = model();
    List<Prompt> prompts =
        List.of(
            asked(image(77)),
            asked(image(990_001)),
            new Prompt.Text("What is it? What is it? What is it?"),
            asked(image(77), image(990_001)),
            new Prompt.Text("What is it? What is it? What is it, then?"),
            asked(image(77)));
    List<List<Integer>> alone = new ArrayList<>();
    for (Prompt prompt : prompts) {
      try (Model model = Model.load(folder, Computation.F32)) {
        alone.add(answer(model, prompt));
      }
    }
    var options = GenerationOptions.defaults().withMaxTokens(8);
    try (var shared =
            SharedModel.of(Model.load(folder, Computation.F32), new BatchLimits(8, 1L << 30, 7));
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<Generation>>> together = new ArrayList<>();
      for (Prompt prompt : prompts) {
        together.add(
            threads.submit(() -> shared.generate(prompt, options, _ -> {}, StopRequest.never())));
      }
      for (int i = 0; i < prompts.size(); i++) {
        assertThat(together.get(i).get().getFirst().tokens())
            .as("prompt " + i)
            .isEqualTo(alone.get(i));
      }
      List<Generation> two =
          shared.generate(prompts.getFirst(), options.withChoices(2), _ -> {}, StopRequest.never());
      assertThat(two).hasSize(2).allMatch(each -> each.tokens().equals(alone.getFirst()));
    }
  }

  @Test
  void whoeverLeavesLeavesNothingBehind() throws Exception {
    try (var shared =
        SharedModel.of(Model.load(model(), Computation.F32), new BatchLimits(8, 1L << 30, 7))) {
      var options = GenerationOptions.defaults().withMaxTokens(8);
      List<Generation> none = shared.generate(asked(image(77)), options, _ -> {}, () -> true);
      assertThat(none.getFirst().tokens()).isEmpty();
      shared.generate(asked(image(77)), options, _ -> {}, StopRequest.never());
      assertThat(shared.state().keptBytes()).isZero();
    }
  }
}
