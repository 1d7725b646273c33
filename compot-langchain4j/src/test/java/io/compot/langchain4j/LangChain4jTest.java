package io.compot.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import io.compot.Model;
import io.compot.SharedModel;
import io.compot.generation.batch.BatchLimits;
import io.compot.server.CompotServer;
import io.compot.server.ServerSettings;
import io.compot.server.api.ServedModel;
import io.compot.server.api.ServedModels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** In this process and through LangChain4j's own OpenAI client, a model says the same. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LangChain4jTest {

  private static final Path DEMO = Path.of("..", "demo", "model").toAbsolutePath().normalize();

  private SharedModel shared;
  private CompotServer server;

  @BeforeAll
  void start(@TempDir Path folder) throws Exception {
    try (Stream<Path> files = Files.list(DEMO)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    Files.writeString(
        folder.resolve("chat_template.jinja"),
        "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant:");
    shared = SharedModel.of(Model.load(folder), BatchLimits.defaults());
    var served = new ServedModel("demo", shared, 1, 1, 1, Optional.empty(), Optional.empty());
    server = CompotServer.start(new ServedModels(List.of(served)), ServerSettings.local(0));
  }

  @AfterAll
  void stop() {
    server.close();
    shared.close();
  }

  private String base() {
    return "http://127.0.0.1:" + server.address().getPort() + "/v1";
  }

  private static ChatRequest request() {
    return ChatRequest.builder()
        .messages(SystemMessage.from("Tell."), UserMessage.from("Once upon a time"))
        .temperature(0.0)
        .maxOutputTokens(12)
        .build();
  }

  private static String streamed(StreamingChatModel model, CompletableFuture<ChatResponse> whole)
      throws Exception {
    var text = new StringBuilder();
    model.chat(
        request(),
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String piece) {
            text.append(piece);
          }

          @Override
          public void onCompleteResponse(ChatResponse response) {
            whole.complete(response);
          }

          @Override
          public void onError(Throwable error) {
            whole.completeExceptionally(error);
          }
        });
    assertThat(whole.get(30, TimeUnit.SECONDS).aiMessage().text()).isEqualTo(text.toString());
    return text.toString();
  }

  @Test
  void saysTheSameInProcessAndThroughTheClient() throws Exception {
    ChatModel client =
        OpenAiChatModel.builder().baseUrl(base()).apiKey("none").modelName("demo").build();
    StreamingChatModel streamingClient =
        OpenAiStreamingChatModel.builder().baseUrl(base()).apiKey("none").modelName("demo").build();
    ChatResponse own = CompotChatModel.of("demo", shared).chat(request());
    ChatResponse through = client.chat(request());
    assertThat(own.aiMessage().text()).isNotBlank();
    assertThat(through.aiMessage().text()).isEqualTo(own.aiMessage().text());
    assertThat(own.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(through.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(through.tokenUsage().inputTokenCount())
        .isEqualTo(own.tokenUsage().inputTokenCount());
    assertThat(through.tokenUsage().outputTokenCount()).isEqualTo(12);
    var ownStream = new CompletableFuture<ChatResponse>();
    var throughStream = new CompletableFuture<ChatResponse>();
    assertThat(streamed(CompotChatModel.streaming("demo", shared), ownStream))
        .isEqualTo(own.aiMessage().text());
    assertThat(streamed(streamingClient, throughStream)).isEqualTo(own.aiMessage().text());
    assertThat(throughStream.get().tokenUsage().outputTokenCount()).isEqualTo(12);
  }

  @Test
  void refusesByName() {
    ChatModel model = CompotChatModel.of("demo", shared);
    ChatRequest tools =
        ChatRequest.builder()
            .messages(UserMessage.from("x"))
            .toolSpecifications(ToolSpecification.builder().name("f").build())
            .build();
    assertThatThrownBy(() -> model.chat(tools))
        .isInstanceOf(UnsupportedFeatureException.class)
        .hasMessageContaining("tools");
    assertThatThrownBy(() -> model.chat(UserMessage.from("long ".repeat(300))))
        .isInstanceOf(InvalidRequestException.class)
        .hasMessageContaining("context of 128");
    assertThatThrownBy(() ->
            OpenAiChatModel.builder()
                .baseUrl(base())
                .apiKey("none")
                .modelName("other")
                .maxRetries(0)
                .build()
                .chat("x"))
        .isInstanceOf(ModelNotFoundException.class)
        .hasMessageContaining("there is demo");
  }
}
