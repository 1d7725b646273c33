package io.compot.server.api;

import io.compot.Prompt;
import io.compot.TokenScore;
import io.compot.chat.Conversation;
import io.compot.error.CompotException;
import io.compot.server.http.Exchange;
import io.compot.server.http.GoneException;
import io.compot.server.http.Reply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code POST /parting}: an answer as two models see it. For each of its tokens both tell how
 * likely they find it and what they find most likely there, so that one sees where the models part.
 */
public final class PartingEndpoint {

  private static final int TOP = 5;

  private final ServedModels models;
  private final ServingLimits limits;

  /** For the first two of the models. */
  public PartingEndpoint(ServedModels models, ServingLimits limits) {
    this.models = models;
    this.limits = limits;
  }

  /**
   * Answers a request: {@code messages} and, as a text, the {@code answer} to them.
   *
   * @throws ApiException where it is refused, or the two models do not read texts alike
   * @throws GoneException where the client has gone away
   */
  public void answer(Exchange exchange, Fields fields) throws ApiException, GoneException {
    if (models.all().size() < 2) {
      throw ApiException.bad(null, "there is one model only; start the server with --beside");
    }
    Conversation asked = ChatRequest.read(fields, limits, false).conversation();
    String text = fields.text("answer").orElseThrow(() -> fields.wrong("answer", "a text"));
    Conversation answered =
        asked
            .with(Conversation.message("assistant", text))
            .withVariables(Map.of("continue_final_message", true));
    ServedModel one = models.all().get(0);
    ServedModel other = models.all().get(1);
    try {
      int begin = one.model().encode(new Prompt.Chat(asked)).size();
      List<Integer> tokens = one.model().encode(new Prompt.Chat(answered));
      if (!tokens.equals(other.model().encode(new Prompt.Chat(answered)))) {
        throw ApiException.bad(
            "messages", "messages: the two models turn them into different tokens");
      }
      int context = Math.min(one.model().contextLength(), other.model().contextLength());
      if (tokens.size() > context) {
        throw ApiException.tooLong(
            "messages",
            "messages: %d tokens with the answer are more than the context of %d"
                .formatted(tokens.size(), context));
      }
      var stop = Deadline.of(exchange, limits.longest());
      List<TokenScore> first = CompletionEndpoint.scores(one, tokens, TOP, stop);
      List<TokenScore> second = CompletionEndpoint.scores(other, tokens, TOP, stop);
      List<Map<String, Object>> places = new ArrayList<>();
      for (int i = Math.max(1, begin) - 1; i < first.size(); i++) {
        places.add(place(one, first.get(i), second.get(i)));
      }
      Map<String, @Nullable Object> body = new LinkedHashMap<>();
      body.put("models", List.of(one.id(), other.id()));
      body.put("tokens", places);
      exchange.reply(Reply.json(200, body));
    } catch (CompotException e) {
      throw Prepared.refused(e, "messages");
    }
  }

  private static Map<String, Object> place(ServedModel model, TokenScore one, TokenScore other)
      throws CompotException {
    var texts = new TokenTexts(model.model());
    Map<String, Object> place = new LinkedHashMap<>();
    place.put("text", texts.text(one.token()));
    place.put("logprobs", List.of(one.logProbability(), other.logProbability()));
    place.put("parts", one.top().getFirst().token() != other.top().getFirst().token());
    place.put("top", List.of(top(texts, one), top(texts, other)));
    return place;
  }

  private static List<Map<String, Object>> top(TokenTexts texts, TokenScore score)
      throws CompotException {
    List<Map<String, Object>> top = new ArrayList<>();
    for (TokenScore each : score.top()) {
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put("text", texts.text(each.token()));
      entry.put("logprob", each.logProbability());
      top.add(entry);
    }
    return top;
  }
}
