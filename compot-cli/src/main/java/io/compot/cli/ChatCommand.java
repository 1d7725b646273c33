package io.compot.cli;

import io.compot.Computation;
import io.compot.Generation;
import io.compot.GenerationOptions;
import io.compot.Model;
import io.compot.Prompt;
import io.compot.chat.ChatTemplates;
import io.compot.chat.Conversation;
import io.compot.chat.ConversationFile;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.progress.StopRequest;
import io.compot.vision.ConversationImages;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compot chat}. */
@Command(
    name = "chat",
    header = "Hold a conversation with a chat model.",
    description = {
      "Without a prompt or a file of messages it asks for one message after the other; /help tells what else"
          + " can be typed, Ctrl-C stops an answer, Ctrl-D ends.",
      "",
      "A file of messages is JSON: a list of {\"role\": ..., \"content\": ...}, or an object with messages and,"
          + " if need be, tools, documents and kwargs (further variables of the template;"
          + " add_generation_prompt is true where they do not say otherwise)."
    },
    customSynopsis =
        "compot chat MODEL [--prompt TEXT | --messages FILE.json [--render]] [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  compot chat smaller",
      "  compot chat smaller --prompt \"What is the capital of France?\" --stats",
      "  compot chat smaller --messages messages.json --render"
    })
final class ChatCommand implements Callable<Integer> {

  @Parameters(paramLabel = "MODEL", description = "Folder of the model, dense or compressed.")
  private Path model;

  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description =
          "Answer this message and end. The name of a file that begins with @ reads it, - reads"
              + " standard input.")
  private @Nullable String prompt;

  @Option(
      names = "--image",
      paramLabel = "FILE",
      description =
          "An image that the message of --prompt begins with, PNG, JPEG or WebP; may be given"
              + " several times. For models that see.")
  private List<Path> images = List.of();

  @Option(names = "--system", paramLabel = "TEXT", description = "Begin with this system message.")
  private @Nullable String system;

  @Option(
      names = "--messages",
      paramLabel = "FILE",
      description = "Answer the conversation in this JSON file and end.")
  private @Nullable Path messages;

  @Option(
      names = "--render",
      description = "Print the prompt that the messages make, exactly, and nothing else.")
  private boolean render;

  @Option(
      names = "--now",
      paramLabel = "TIME",
      description = "The time that templates read, such as 2026-01-05T09:07:03. Default: now.")
  private @Nullable String now;

  @Option(
      names = "--special",
      description =
          "Take what messages spell like special tokens for such; they can forge turns then.")
  private boolean special;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      description = "Stop an answer after so many tokens. Default: as many as the context holds.")
  private @Nullable Integer maxTokens;

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
      names = "--stats",
      description = "After each answer its tokens, tokens a second and the time to the first one.")
  private boolean stats;

  @Mixin private OutputOptions outputOptions;

  private final Screen screen;

  ChatCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws CompotException {
    outputOptions.results(screen, false);
    if (render && messages == null) {
      throw new UsageException("--render needs the messages: give --messages FILE");
    }
    if (prompt != null && messages != null) {
      throw new UsageException("give --prompt or --messages, not both");
    }
    if (!images.isEmpty() && prompt == null) {
      throw new UsageException("--image goes with --prompt; in a conversation type /image FILE");
    }
    Clock clock = clock();
    GenerationOptions options = sampling.options(maxTokens);
    if (messages == null && prompt == null) {
      return interactive(clock, options);
    }
    Conversation conversation = messages != null ? ConversationFile.read(messages) : asked();
    if (render) {
      screen.out().print(templates().of(conversation).render(conversation, clock));
      screen.out().flush();
      return 0;
    }
    try (Model loaded = load()) {
      Consumer<String> onText = GenerateCommand.onto(screen);
      Generation answer =
          loaded
              .generate(
                  new Prompt.Chat(conversation, clock, special),
                  options,
                  piece -> onText.accept(piece.text()),
                  StopRequest.never())
              .getFirst();
      screen.line();
      if (stats) {
        screen.err().println(ChatLoop.statistics(answer));
      }
      return 0;
    }
  }

  private int interactive(Clock clock, GenerationOptions options) throws CompotException {
    templates();
    try (Model loaded = load()) {
      loaded.check(options);
      return new ChatLoop(loaded, options, clock, special, stats, system, screen).run();
    }
  }

  private Model load() throws CompotException {
    return Model.load(model, Computation.named(dtype));
  }

  private ChatTemplates templates() throws InputException {
    if (!Files.isDirectory(model)) {
      throw InputException.in(model, "there is no such folder", "give the folder of a chat model");
    }
    return ChatTemplates.read(model)
        .orElseThrow(() ->
            InputException.in(
                model,
                "the model has no chat template",
                "use a model that is made for conversations, or compot generate"));
  }

  private Conversation asked() throws InputException {
    String given = String.valueOf(prompt);
    String text = given;
    if (given.equals("-")) {
      text = StandardInput.text();
    } else if (given.startsWith("@")) {
      text = ChatFiles.read(Path.of(given.substring(1)));
    }
    List<Map<String, @Nullable Object>> all = new ArrayList<>();
    if (system != null) {
      all.add(Conversation.message("system", system));
    }
    all.add(
        images.isEmpty()
            ? Conversation.message("user", text)
            : ConversationImages.message(images, text));
    return Conversation.of(all);
  }

  private Clock clock() throws UsageException {
    if (now == null) {
      return Clock.system(ZoneId.systemDefault());
    }
    try {
      return Clock.fixed(LocalDateTime.parse(now).toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
    } catch (DateTimeException e) {
      throw new UsageException(
          "--now %s is no time; write it as 2026-01-05T09:07:03".formatted(now));
    }
  }
}
