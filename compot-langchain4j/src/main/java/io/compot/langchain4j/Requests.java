package io.compot.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import io.compot.GenerationOptions;
import io.compot.Prompt;
import io.compot.SamplingOptions;
import io.compot.chat.Conversation;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * What a request of LangChain4j is to a model of ours; what it cannot be is refused by its name.
 */
final class Requests {

  private Requests() {}

  static Prompt prompt(ChatRequest request) {
    if (request.toolSpecifications() != null && !request.toolSpecifications().isEmpty()) {
      throw new UnsupportedFeatureException("tools, in this process; compot serve has them");
    }
    if (request.responseFormat() != null
        && request.responseFormat().type() != ResponseFormatType.TEXT) {
      throw new UnsupportedFeatureException("response formats but text");
    }
    List<Map<String, @Nullable Object>> messages = new ArrayList<>();
    for (ChatMessage message : request.messages()) {
      messages.add(
          switch (message) {
            case SystemMessage system -> Conversation.message("system", system.text());
            case UserMessage user -> Conversation.message("user", text(user));
            case AiMessage answer when !answer.hasToolExecutionRequests() ->
                Conversation.message("assistant", answer.text());
            default ->
                throw new UnsupportedFeatureException("messages of the type " + message.type());
          });
    }
    return new Prompt.Chat(Conversation.of(messages));
  }

  private static String text(UserMessage message) {
    var text = new StringBuilder();
    for (Content content : message.contents()) {
      if (!(content instanceof TextContent part)) {
        throw new UnsupportedFeatureException("contents of the type " + content.type());
      }
      text.append(part.text());
    }
    return text.toString();
  }

  static GenerationOptions options(ChatRequest request) {
    var unset = OptionalDouble.empty();
    var sampling =
        new SamplingOptions(
            given(request.temperature()),
            request.topK() == null ? OptionalInt.empty() : OptionalInt.of(request.topK()),
            given(request.topP()),
            unset,
            unset,
            unset,
            given(request.presencePenalty()),
            given(request.frequencyPenalty()),
            Map.of());
    Integer most = request.maxOutputTokens();
    List<String> stops = request.stopSequences();
    return GenerationOptions.defaults()
        .withMaxTokens(most == null ? OptionalInt.empty() : OptionalInt.of(most))
        .withSampling(sampling)
        .withSeed(ThreadLocalRandom.current().nextLong())
        .withStops(stops == null ? List.of() : stops, Set.of());
  }

  private static OptionalDouble given(@Nullable Double value) {
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }
}
