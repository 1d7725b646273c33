package io.compot.cli;

import io.compot.error.FailureException;
import java.io.BufferedReader;
import java.io.Console;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;
import org.jspecify.annotations.Nullable;

/** What is typed at the terminal, with a history and a line that can be edited, or piped in. */
final class ChatLines implements AutoCloseable {

  private static final String PROMPT = "> ";
  private static final String CONTINUED = "\\";

  private final @Nullable Terminal terminal;
  private final @Nullable LineReader editor;
  private final @Nullable BufferedReader piped;

  private ChatLines(@Nullable Terminal terminal, @Nullable BufferedReader piped) {
    this.terminal = terminal;
    this.piped = piped;
    this.editor =
        terminal == null
            ? null
            : LineReaderBuilder.builder()
                .terminal(terminal)
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .build();
  }

  @SuppressWarnings("SystemConsoleNull") // it is null where nobody sits there
  static ChatLines open() throws FailureException {
    Console console = System.console();
    if (console == null || !console.isTerminal()) {
      return new ChatLines(
          null, new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)));
    }
    try {
      return new ChatLines(TerminalBuilder.builder().system(true).build(), null);
    } catch (IOException e) {
      throw new FailureException(
          "the terminal cannot be used (" + e + "); pipe the messages in instead", e);
    }
  }

  /** Whether somebody sits there. */
  boolean interactive() {
    return editor != null;
  }

  /** The next message; null at the end. */
  @Nullable String next() throws FailureException {
    var message = new StringBuilder();
    while (true) {
      String line = line();
      if (line == null) {
        return message.isEmpty() ? null : message.toString();
      }
      if (!line.endsWith(CONTINUED)) {
        return message.append(line).toString();
      }
      message.append(line, 0, line.length() - 1).append('\n');
    }
  }

  private @Nullable String line() throws FailureException {
    if (editor == null) {
      return pipedLine();
    }
    while (true) {
      try {
        return editor.readLine(PROMPT);
      } catch (UserInterruptException _) {
        // Ctrl-C while typing throws the line away
      } catch (EndOfFileException _) {
        return null;
      }
    }
  }

  private @Nullable String pipedLine() throws FailureException {
    try {
      return piped == null ? null : piped.readLine();
    } catch (IOException e) {
      throw new FailureException("standard input cannot be read (" + e + "); pipe it again", e);
    }
  }

  @Override
  public void close() throws FailureException {
    try {
      if (terminal != null) {
        terminal.close();
      }
    } catch (IOException e) {
      throw new FailureException("the terminal cannot be given back (" + e + ")", e);
    }
  }
}
