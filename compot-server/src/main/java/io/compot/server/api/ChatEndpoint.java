package io.compot.server.api;

import io.compot.Generation;
import io.compot.Prompt;
import io.compot.TokenScore;
import io.compot.error.CompotException;
import io.compot.server.http.Exchange;
import io.compot.server.http.GoneException;
import io.compot.server.http.Reply;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code POST /v1/chat/completions}. */
public final class ChatEndpoint {

  private final ServedModels models;
  private final ServingLimits limits;
  private final Observer observer;

  /**
   * @param observer told of each answer
   */
  public ChatEndpoint(ServedModels models, ServingLimits limits, Observer observer) {
    this.models = models;
    this.limits = limits;
    this.observer = observer;
  }

  /**
   * Answers a request.
   *
   * @throws ApiException where it is refused; nothing was sent then
   * @throws GoneException where the client has gone away
   */
  public void answer(Exchange exchange, Fields fields) throws ApiException, GoneException {
    ServedModel served = models.of(fields);
    ChatRequest request = ChatRequest.read(fields, limits, served.model().sees());
    requireTemplate(served, request);
    Prepared prepared =
        Prepared.of(
            served, new Prompt.Chat(request.conversation()), request.options(), "messages", limits);
    if (request.streamed()) {
      stream(exchange, served, request, prepared);
    } else {
      exchange.reply(Reply.json(200, whole(exchange, served, request, prepared)));
    }
  }

  private static void requireTemplate(ServedModel served, ChatRequest request) throws ApiException {
    try {
      if (!served.model().chats()) {
        throw ApiException.bad(
            "model", "model: %s has no chat template; use /v1/completions".formatted(served.id()));
      }
      if (request.tools() && !served.model().knowsTools()) {
        throw ApiException.bad(
            "tools",
            "tools: the chat template of %s tells the model of none".formatted(served.id()));
      }
    } catch (CompotException e) {
      throw Prepared.refused(e, null);
    }
  }

  private Map<String, @Nullable Object> whole(
      Exchange exchange, ServedModel served, ChatRequest request, Prepared prepared)
      throws ApiException, GoneException {
    try {
      List<Generation> answers =
          served
              .model()
              .generate(
                  prepared.prompt(),
                  prepared.options(),
                  _ -> {},
                  Deadline.of(exchange, limits.longest()));
      answers.forEach(each -> observer.generated(served.id(), each));
      List<Map<String, @Nullable Object>> choices = new ArrayList<>();
      for (Generation answer : answers) {
        choices.add(choice(served, request, choices.size(), answer));
      }
      Map<String, @Nullable Object> body =
          Envelope.of("chatcmpl-", "chat.completion", served.id()).with(choices);
      body.put("usage", Usage.of(List.of(answers)));
      body.put("timings", Usage.timings(answers.getFirst()));
      return body;
    } catch (CompotException e) {
      throw Prepared.refused(e, null);
    }
  }

  private static Map<String, @Nullable Object> choice(
      ServedModel served, ChatRequest request, int index, Generation answer)
      throws CompotException {
    ToolCalls found =
        request.tools() ? ToolCalls.of(answer.text()) : new ToolCalls(answer.text(), List.of());
    Map<String, @Nullable Object> message = new LinkedHashMap<>();
    message.put("role", "assistant");
    boolean calls = !found.calls().isEmpty();
    message.put("content", calls && found.content().isEmpty() ? null : found.content());
    message.put("refusal", null);
    if (calls) {
      message.put("tool_calls", found.calls().stream().map(ToolCalls.Call::json).toList());
    }
    Map<String, @Nullable Object> choice = new LinkedHashMap<>();
    choice.put("index", index);
    choice.put("message", message);
    choice.put("logprobs", logprobs(served, request, told(answer)));
    choice.put("finish_reason", calls ? "tool_calls" : Usage.reason(answer));
    return choice;
  }

  /** Without the token that ended the answer. */
  private static List<TokenScore> told(Generation answer) {
    List<TokenScore> scores = answer.scores();
    return scores.subList(0, Math.min(scores.size(), answer.tokens().size()));
  }

  static @Nullable Object logprobs(ServedModel served, ChatRequest request, List<TokenScore> scores)
      throws CompotException {
    return request.options().logProbabilities().isEmpty()
        ? null
        : new TokenTexts(served.model()).chat(scores);
  }

  private void stream(Exchange exchange, ServedModel served, ChatRequest request, Prepared prepared)
      throws ApiException, GoneException {
    var chunks = new ChatStream(exchange, served, request);
    try {
      List<Generation> answers =
          served
              .model()
              .generate(
                  prepared.prompt(),
                  prepared.options(),
                  chunks::tell,
                  Deadline.of(exchange, limits.longest()));
      answers.forEach(each -> observer.generated(served.id(), each));
      chunks.finish(answers);
    } catch (Unsent e) {
      throw e.gone();
    } catch (CompotException e) {
      chunks.fail(Prepared.refused(e, null));
    }
  }
}
