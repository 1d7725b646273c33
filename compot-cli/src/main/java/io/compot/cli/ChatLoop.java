package io.compot.cli;

import io.compot.Generation;
import io.compot.GenerationOptions;
import io.compot.Model;
import io.compot.Prompt;
import io.compot.chat.Conversation;
import io.compot.error.CompotException;
import io.compot.image.Alpha;
import io.compot.image.ImageFile;
import io.compot.vision.ConversationImages;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A conversation at the terminal: a line is a message, one that begins with / is an order. */
final class ChatLoop {

  private static final List<String> HELP =
      List.of(
          "/system TEXT  begin anew with this system message; alone: without one",
          "/reset        forget the conversation, keep the system message",
          "/image FILE   show this image with the next message, to a model that sees",
          "/save FILE    write the conversation as JSON, as --messages reads it",
          "/stats        tell tokens a second after each answer, or no longer",
          "/exit         end; so does Ctrl-D",
          "Ctrl-C stops an answer. A line that ends in \\ goes on in the next.");

  private final Model model;
  private final GenerationOptions options;
  private final Clock clock;
  private final boolean special;
  private final Screen screen;
  private final List<Map<String, @Nullable Object>> messages = new ArrayList<>();
  private final List<Path> images = new ArrayList<>();
  private @Nullable String system;
  private boolean stats;

  ChatLoop(
      Model model,
      GenerationOptions options,
      Clock clock,
      boolean special,
      boolean stats,
      @Nullable String system,
      Screen screen) {
    this.model = model;
    this.options = options;
    this.clock = clock;
    this.special = special;
    this.stats = stats;
    this.system = system;
    this.screen = screen;
  }

  /** Until the input ends or /exit is typed. */
  int run() throws CompotException {
    reset();
    try (ChatLines lines = ChatLines.open()) {
      if (lines.interactive()) {
        screen.err().println("type a message; /help tells more");
      }
      for (String line = lines.next(); line != null; line = lines.next()) {
        if (line.startsWith("/") && !order(line)) {
          break;
        }
        if (!line.startsWith("/") && !line.isBlank()) {
          answer(line);
        }
      }
    }
    return 0;
  }

  private void reset() {
    messages.clear();
    images.clear();
    if (system != null) {
      messages.add(Conversation.message("system", system));
    }
  }

  /** Whether to go on. */
  private boolean order(String line) {
    int space = line.indexOf(' ');
    String name = (space < 0 ? line : line.substring(0, space)).toLowerCase(Locale.ROOT);
    String rest = space < 0 ? "" : line.substring(space + 1).strip();
    switch (name) {
      case "/help" -> HELP.forEach(screen.err()::println);
      case "/system" -> {
        system = rest.isEmpty() ? null : rest;
        reset();
        screen.err().println("a new conversation" + (rest.isEmpty() ? "" : ", as you said"));
      }
      case "/reset" -> {
        reset();
        screen.err().println("a new conversation");
      }
      case "/image" -> show(rest);
      case "/save" -> save(rest);
      case "/stats" -> {
        stats = !stats;
        screen.err().println(stats ? "statistics on" : "statistics off");
      }
      case "/exit", "/quit" -> {
        return false;
      }
      default ->
          screen
              .err()
              .println("there is no " + ErrorLine.oneLine(name) + "; /help tells what there is");
    }
    return true;
  }

  private void show(String file) {
    try {
      Path image = Path.of(file);
      ImageFile.read(image, Alpha.ON_WHITE);
      images.add(image);
      screen.err().println("%d images with the next message".formatted(images.size()));
    } catch (CompotException | InvalidPathException e) {
      screen.err().println(ErrorLine.oneLine(String.valueOf(e.getMessage())));
    }
  }

  private void save(String file) {
    if (file.isEmpty()) {
      screen.err().println("say where to: /save FILE");
      return;
    }
    try {
      ChatFiles.write(Path.of(file), Json.text(messages));
      screen.err().println("%d messages in %s".formatted(messages.size(), file));
    } catch (CompotException | InvalidPathException e) {
      screen.err().println(ErrorLine.oneLine(String.valueOf(e.getMessage())));
    }
  }

  private void answer(String text) {
    messages.add(
        images.isEmpty()
            ? Conversation.message("user", text)
            : ConversationImages.message(images, text));
    images.clear();
    var stopped = new AtomicBoolean();
    Runnable before = Signals.handle("INT", _ -> stopped.set(true));
    Consumer<String> onText = GenerateCommand.onto(screen);
    try {
      Generation answer =
          model
              .generate(
                  new Prompt.Chat(Conversation.of(messages), clock, special),
                  options,
                  piece -> onText.accept(piece.text()),
                  stopped::get)
              .getFirst();
      screen.line();
      messages.add(Conversation.message("assistant", answer.text()));
      if (stopped.get()) {
        screen.err().println("(stopped)");
      }
      if (stats) {
        screen.err().println(statistics(answer));
      }
    } catch (CompotException refused) {
      messages.removeLast(); // as if it had not been said
      screen.err().println(ErrorLine.oneLine(refused.getMessage()));
    } finally {
      if (before != null) {
        before.run();
      }
    }
  }

  static String statistics(Generation answer) {
    return "%d + %d tokens (%d remembered), first after %.2f s, then %.1f tokens/s"
        .formatted(
            answer.promptTokens().size(),
            answer.tokens().size(),
            answer.remembered(),
            answer.untilFirst().toNanos() / 1e9,
            answer.decodedPerSecond());
  }
}
