package io.compot.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;

/**
 * Where a command writes, and what that place can show.
 *
 * @param out results: text for people, or JSON alone where that was asked for
 * @param err progress, notices, errors
 * @param outTerminal whether {@code out} is a terminal
 * @param errTerminal whether {@code err} is a terminal
 * @param colours whether a terminal may be coloured (no {@code NO_COLOR}, no {@code TERM=dumb})
 */
record Screen(
    PrintStream out, PrintStream err, boolean outTerminal, boolean errTerminal, boolean colours) {

  /** What this process was started with. The launcher knows what is a terminal; Java does not. */
  static Screen ofProcess() {
    String noColour = System.getenv("NO_COLOR");
    boolean colours =
        (noColour == null || noColour.isEmpty()) && !"dumb".equals(System.getenv("TERM"));
    var out = new ResultStream(new FileOutputStream(FileDescriptor.out), System.out.charset());
    return new Screen(
        out,
        System.err,
        Boolean.getBoolean("compot.terminal.out"),
        Boolean.getBoolean("compot.terminal.err"),
        colours);
  }

  /** The same place without a word on {@code out}. */
  Screen silent() {
    return new Screen(
        new PrintStream(OutputStream.nullOutputStream()), err, false, errTerminal, colours);
  }

  void line(String text) {
    out.println(text);
  }

  /** A long text under a label, broken between words so that it fits a hundred columns. */
  void wrapped(String label, String text) {
    String margin = " ".repeat(label.length());
    var line = new StringBuilder(label);
    for (String word : text.split(" ", -1)) {
      if (line.length() > label.length() && line.length() + 1 + word.length() > 100) {
        line(line.toString());
        line.setLength(0);
        line.append(margin);
      }
      line.append(line.length() == label.length() ? "" : " ").append(word);
    }
    line(line.toString());
  }

  void line() {
    out.println();
  }

  /** Why {@code out} has not got all that was written to it; null where it has. */
  @Nullable String lost() {
    if (out instanceof ResultStream results) {
      return results.failure();
    }
    return out.checkError() ? "no reason is known" : null;
  }

  /** A heading on {@code out}. */
  String bold(String text) {
    return outTerminal && colours ? "\u001b[1m" + text + "\u001b[0m" : text;
  }

  /** An error's first word on {@code err}. */
  String alarm(String text) {
    return errTerminal && colours ? "\u001b[1;31m" + text + "\u001b[0m" : text;
  }

  /** Clears what a progress bar has left on the current line of {@code err}. */
  void clearLine() {
    if (errTerminal) {
      err.print("\r\u001b[K");
      err.flush();
    }
  }
}
