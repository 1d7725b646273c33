package io.compot.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.InternalServerException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import io.compot.Generation;
import io.compot.GenerationPiece;
import io.compot.SharedModel;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.progress.StopRequest;
import java.util.function.Consumer;

/**
 * A model in this process as LangChain4j's chat model. Any number of threads may ask it at once.
 *
 * <pre>{@code
 * try (SharedModel shared = SharedModel.of(Model.load(folder), BatchLimits.defaults())) {
 *   ChatModel model = CompotChatModel.of("smaller", shared);
 *   StreamingChatModel streaming = CompotChatModel.streaming("smaller", shared);
 *   ...
 * }
 * }</pre>
 *
 * <p>What a request does not say is as the model's {@code generation_config.json} says. Tools,
 * response formats but text and contents but texts are refused.
 */
public final class CompotChatModel implements ChatModel {

  private final String name;
  private final SharedModel model;

  private CompotChatModel(String name, SharedModel model) {
    this.name = name;
    this.model = model;
  }

  /**
   * Answers that come whole.
   *
   * @param name what responses call the model
   * @param model stays the caller's
   */
  public static ChatModel of(String name, SharedModel model) {
    return new CompotChatModel(name, model);
  }

  /** The same with answers that come in pieces, each on a virtual thread. */
  public static StreamingChatModel streaming(String name, SharedModel model) {
    return new Streaming(new CompotChatModel(name, model));
  }

  @Override
  public ChatResponse doChat(ChatRequest request) {
    return answer(request, _ -> {});
  }

  private ChatResponse answer(ChatRequest request, Consumer<GenerationPiece> listener) {
    try {
      Generation answer =
          model
              .generate(
                  Requests.prompt(request),
                  Requests.options(request),
                  listener,
                  StopRequest.never())
              .getFirst();
      return ChatResponse.builder()
          .aiMessage(AiMessage.from(answer.text()))
          .modelName(name)
          .tokenUsage(new TokenUsage(answer.promptTokens().size(), answer.tokens().size()))
          .finishReason(
              switch (answer.end()) {
                case MODEL, STOP_TEXT -> FinishReason.STOP;
                case LIMIT -> FinishReason.LENGTH;
                case STOPPED -> FinishReason.OTHER;
              })
          .build();
    } catch (FailureException e) {
      throw new InternalServerException(e.getMessage(), e);
    } catch (CompotException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    }
  }

  private record Streaming(CompotChatModel model) implements StreamingChatModel {

    @Override
    public void doChat(ChatRequest request, StreamingChatResponseHandler handler) {
      Thread.ofVirtual()
          .name("compot-answer")
          .start(() -> {
            ChatResponse whole;
            try {
              whole =
                  model.answer(
                      request,
                      piece -> {
                        if (!piece.text().isEmpty()) {
                          handler.onPartialResponse(piece.text());
                        }
                      });
            } catch (RuntimeException refused) {
              handler.onError(refused);
              return;
            }
            handler.onCompleteResponse(whole);
          });
    }
  }
}
