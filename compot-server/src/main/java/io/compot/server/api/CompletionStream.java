package io.compot.server.api;

import io.compot.Generation;
import io.compot.GenerationPiece;
import io.compot.Prompt;
import io.compot.TokenScore;
import io.compot.error.CompotException;
import io.compot.progress.StopRequest;
import io.compot.server.http.Exchange;
import io.compot.server.http.GoneException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A streamed completion: its prompts one after the other. */
final class CompletionStream {

  private final Chunks chunks;
  private final ServedModel served;
  private final CompletionRequest request;
  private final Observer observer;
  private final Map<Integer, Integer> characters = new LinkedHashMap<>();

  CompletionStream(
      Exchange exchange, ServedModel served, CompletionRequest request, Observer observer) {
    this.served = served;
    this.request = request;
    this.observer = observer;
    this.chunks =
        new Chunks(exchange, Envelope.of("cmpl-", "text_completion", served.id()), request.usage());
  }

  /** Answers. */
  void run(List<Prepared> prompts, StopRequest stop) throws ApiException, GoneException {
    List<List<Generation>> all = new ArrayList<>();
    try {
      int ways = request.options().choices();
      for (int i = 0; i < prompts.size(); i++) {
        int first = i * ways;
        Prepared prompt = prompts.get(i);
        for (int way = 0; request.echo() && way < ways; way++) {
          String echoed =
              CompletionEndpoint.echoed(served, request.prompts().get(i), prompt.tokens());
          send(first + way, echoed, List.of(), null);
        }
        List<Generation> answers =
            request.none()
                ? List.of()
                : served
                    .model()
                    .generate(
                        new Prompt.Tokens(prompt.tokens()),
                        prompt.options(),
                        piece -> tell(first, piece),
                        stop);
        for (int way = 0; way < ways; way++) {
          String reason = request.none() ? "length" : Usage.reason(answers.get(way));
          send(first + way, "", List.of(), reason);
        }
        answers.forEach(each -> observer.generated(served.id(), each));
        if (!answers.isEmpty()) {
          all.add(answers);
        }
      }
      chunks.finish(
          Usage.of(all), all.isEmpty() ? Map.of() : Usage.timings(all.getLast().getFirst()));
    } catch (Unsent e) {
      throw e.gone();
    } catch (CompotException e) {
      chunks.fail(Prepared.refused(e, null));
    }
  }

  private void tell(int first, GenerationPiece piece) {
    try {
      send(first + piece.choice(), piece.text(), piece.scores(), null);
    } catch (GoneException e) {
      throw new Unsent(e);
    }
  }

  private void send(int index, String text, List<TokenScore> scores, @Nullable String reason)
      throws GoneException {
    Map<String, @Nullable Object> choice = new LinkedHashMap<>();
    choice.put("index", index);
    choice.put("text", text);
    choice.put("logprobs", scores.isEmpty() ? null : logprobs(index, scores));
    choice.put("finish_reason", reason);
    chunks.choice(choice);
    characters.merge(index, text.codePointCount(0, text.length()), Integer::sum);
  }

  private Object logprobs(int index, List<TokenScore> scores) {
    try {
      var places =
          scores.stream().map(score -> new TokenTexts.Place(score.token(), score)).toList();
      return new TokenTexts(served.model()).completion(places, characters.getOrDefault(index, 0));
    } catch (CompotException e) {
      throw new IllegalStateException("a token of the model has no bytes", e);
    }
  }
}
