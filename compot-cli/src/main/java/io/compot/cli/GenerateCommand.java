package io.compot.cli;

import io.compot.Computation;
import io.compot.Generation;
import io.compot.GenerationOptions;
import io.compot.Model;
import io.compot.Prompt;
import io.compot.chat.Conversation;
import io.compot.error.CompotException;
import io.compot.progress.StopRequest;
import io.compot.vision.ConversationImages;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compot generate}. */
@Command(
    name = "generate",
    header = "Let a model continue a prompt.",
    description = "Prints the continuation as it comes, without the prompt.",
    customSynopsis = "compot generate MODEL --prompt TEXT [--chat] [--image FILE]... [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  compot generate smaller --prompt \"Once upon a time\"",
      "  compot generate smaller --chat --prompt \"What is the capital of France?\"",
      "  compot generate seeing --image photo.jpg --prompt \"What is this?\"",
      "  compot generate smaller --prompt \"Tom had a\" --temperature 0.8 --top-p 0.95 --seed 7"
    })
final class GenerateCommand implements Callable<Integer> {

  @Parameters(paramLabel = "MODEL", description = "Folder of the model, dense or compressed.")
  private Path model;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      required = true,
      description = "What the model continues; - reads it from standard input.")
  private String prompt;

  @Option(
      names = "--chat",
      description = "Give the prompt to a chat model as a user's message, by its chat template.")
  private boolean chat;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description =
          "An image that the message begins with, PNG, JPEG or WebP; for models that see. May be"
              + " given several times; then the prompt is a message, as with --chat.")
  private List<Path> images = List.of();

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "128",
      description =
          "Stop after so many tokens, if the model does not end before."
              + " Default: ${DEFAULT-VALUE}.")
  private int maxTokens;

  @Mixin private SamplingArguments sampling;

  @Option(
      names = "--dtype",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "Compute in auto (bf16 for models stored in bf16, else f32), f32 or bf16."
              + " Default: ${DEFAULT-VALUE}.")
  private String dtype = "auto";

  @Option(
      names = "--json",
      description = "Print text and tokens as JSON when done, and nothing else.")
  private boolean json;

  @Mixin private OutputOptions outputOptions;

  private final Screen screen;

  GenerateCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws CompotException {
    Screen results = outputOptions.results(screen, json);
    GenerationOptions options = sampling.options(maxTokens);
    String text = prompt.equals("-") ? StandardInput.text() : prompt;
    try (Model loaded = Model.load(model, Computation.named(dtype))) {
      Consumer<String> onText = onto(results);
      Generation generation =
          loaded
              .generate(
                  prompt(text), options, piece -> onText.accept(piece.text()), StopRequest.never())
              .getFirst();
      results.line();
      if (json) {
        Json.print(screen, json(generation, text));
      } else if (!outputOptions.quiet) {
        screen.err().println(statistics(generation));
      }
      if (generation.tokens().isEmpty() && !json) {
        screen.err().println(whyEmpty(loaded.chats()));
      }
      return 0;
    }
  }

  private Prompt prompt(String text) {
    if (!images.isEmpty()) {
      return new Prompt.Chat(Conversation.of(List.of(ConversationImages.message(images, text))));
    }
    return chat
        ? new Prompt.Chat(Conversation.of(List.of(Conversation.message("user", text))))
        : new Prompt.Text(text);
  }

  private String whyEmpty(boolean chats) {
    return "note: 0 tokens, because the first token was one that ends a text"
        + (chats && !chat ? "; this is a chat model: give it the prompt with --chat" : "");
  }

  /** Shows each piece of text at once. */
  static Consumer<String> onto(Screen screen) {
    return piece -> {
      screen.out().print(piece);
      screen.out().flush();
    };
  }

  static String statistics(Generation generation) {
    return "%d tokens, %.0f tokens/s, %s"
        .formatted(
            generation.tokens().size(),
            generation.tokensPerSecond(),
            switch (generation.end()) {
              case MODEL -> "ended by the model";
              case STOP_TEXT -> "ended by a stop text";
              case LIMIT -> "stopped at the limit";
              case STOPPED -> "stopped";
            });
  }

  private static Map<String, Object> json(Generation generation, String prompt) {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put("prompt", prompt);
    all.put("text", generation.text());
    all.put("prompt_tokens", generation.promptTokens());
    all.put("tokens", generation.tokens());
    all.put("ended", generation.ended());
    all.put("tokens_per_second", generation.tokensPerSecond());
    return all;
  }
}
