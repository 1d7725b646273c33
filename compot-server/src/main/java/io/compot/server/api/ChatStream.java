package io.compot.server.api;

import io.compot.Generation;
import io.compot.GenerationPiece;
import io.compot.TokenScore;
import io.compot.error.CompotException;
import io.compot.server.http.Exchange;
import io.compot.server.http.GoneException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A streamed answer to a conversation: deltas of its messages. */
final class ChatStream {

  private final Chunks chunks;
  private final ServedModel served;
  private final ChatRequest request;
  private final List<ChatText> texts = new ArrayList<>();

  ChatStream(Exchange exchange, ServedModel served, ChatRequest request) {
    this.served = served;
    this.request = request;
    this.chunks =
        new Chunks(
            exchange,
            Envelope.of("chatcmpl-", "chat.completion.chunk", served.id()),
            request.usage());
    for (int i = 0; i < request.options().choices(); i++) {
      texts.add(new ChatText(request.tools()));
    }
  }

  /** Sends a piece. */
  void tell(GenerationPiece piece) {
    try {
      begin();
      String text = texts.get(piece.choice()).next(piece.text());
      if (!text.isEmpty() || !piece.scores().isEmpty()) {
        send(piece.choice(), Map.of("content", text), piece.scores(), null);
      }
    } catch (GoneException e) {
      throw new Unsent(e);
    }
  }

  private void begin() throws GoneException {
    if (!chunks.begun()) {
      for (int choice = 0; choice < texts.size(); choice++) {
        Map<String, Object> delta = new LinkedHashMap<>();
        delta.put("role", "assistant");
        delta.put("content", "");
        send(choice, delta, List.of(), null);
      }
    }
  }

  /** Sends what is left. */
  void finish(List<Generation> answers) throws GoneException {
    begin();
    for (int choice = 0; choice < answers.size(); choice++) {
      ToolCalls whole = texts.get(choice).whole();
      String rest = texts.get(choice).rest(whole);
      if (!rest.isEmpty()) {
        send(choice, Map.of("content", rest), List.of(), null);
      }
      for (int i = 0; i < whole.calls().size(); i++) {
        Map<String, Object> call = new LinkedHashMap<>();
        call.put("index", i);
        call.putAll(whole.calls().get(i).json());
        send(choice, Map.of("tool_calls", List.of(call)), List.of(), null);
      }
      boolean calls = !whole.calls().isEmpty();
      String reason = calls ? "tool_calls" : Usage.reason(answers.get(choice));
      send(choice, Map.of(), List.of(), reason);
    }
    chunks.finish(Usage.of(List.of(answers)), Usage.timings(answers.getFirst()));
  }

  /** Tells of a failure; see {@link Chunks#fail}. */
  void fail(ApiException failure) throws ApiException, GoneException {
    chunks.fail(failure);
  }

  private void send(
      int choice, Map<String, ?> delta, List<TokenScore> scores, @Nullable String reason)
      throws GoneException {
    Map<String, @Nullable Object> body = new LinkedHashMap<>();
    body.put("index", choice);
    body.put("delta", delta);
    body.put("logprobs", scores.isEmpty() ? null : logprobs(scores));
    body.put("finish_reason", reason);
    chunks.choice(body);
  }

  private @Nullable Object logprobs(List<TokenScore> scores) {
    try {
      return ChatEndpoint.logprobs(served, request, scores);
    } catch (CompotException e) {
      throw new IllegalStateException("a token of the model has no bytes", e);
    }
  }
}
