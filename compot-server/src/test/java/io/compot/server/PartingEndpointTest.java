package io.compot.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.Computation;
import io.compot.Model;
import io.compot.Prompt;
import io.compot.TokenScore;
import io.compot.progress.StopRequest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartingEndpointTest {

  @TempDir private Path folder;

  @Test
  void tellsWhatBothFindLikely() throws Exception {
    try (var demo = ServedDemo.startTwo(folder)) {
      String body =
          demo.post(
                  "/parting",
                  "{\"messages\":[{\"role\":\"user\",\"content\":\"Once\"}],\"answer\":\"upon a time there was\"}")
              .body();
      var tokens = (List<?>) Json.at(body, "tokens");
      Computation[] types = {Computation.BF16, Computation.F32};
      for (int side = 0; side < 2; side++) {
        try (Model model = Model.load(demo.folder, types[side])) {
          List<Integer> prompt = model.tokens(new Prompt.Text("user: Once\nassistant:"));
          List<Integer> ids =
              model.tokens(new Prompt.Text("user: Once\nassistant: upon a time there was"));
          List<TokenScore> scores = model.score(ids, 5, StopRequest.never());
          assertThat(tokens).hasSize(ids.size() - prompt.size());
          for (int i = 0; i < tokens.size(); i++) {
            TokenScore score = scores.get(prompt.size() - 1 + i);
            assertThat(Json.number(body, "tokens.%d.logprobs.%d".formatted(i, side)))
                .isCloseTo(score.logProbability(), within(0.05));
            assertThat(Json.number(body, "tokens.%d.top.%d.0.logprob".formatted(i, side)))
                .isCloseTo(score.top().getFirst().logProbability(), within(0.05));
          }
        }
      }
    }
  }

  @Test
  void needsTwoModels() throws Exception {
    try (var demo = ServedDemo.start(folder)) {
      var refused =
          demo.post(
              "/parting",
              "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}],\"answer\":\"y\"}");
      assertThat(refused.statusCode()).isEqualTo(400);
      assertThat((String) Json.at(refused.body(), "error.message")).contains("--beside");
    }
  }
}
