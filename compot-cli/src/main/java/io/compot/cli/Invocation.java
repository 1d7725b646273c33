package io.compot.cli;

import java.util.regex.Pattern;

/** Words as a shell takes them, and by which of them this program was called. */
final class Invocation {

  /** Holds words of a shell. */
  static final String ITSELF = "compot.itself";

  private static final Pattern PLAIN = Pattern.compile("[\\w@%+=:,./~^-]+");

  private Invocation() {}

  /** This program, as the launcher heard it; a checkout's is not on the path. */
  static String program() {
    String called = System.getProperty("compot.command", "");
    return called.isBlank() ? "compot" : quoted(called);
  }

  /** What this process is called by where it is a program of one command; else {@link #program}. */
  static String itself() {
    String itself = System.getProperty(ITSELF, "");
    return itself.isBlank() ? program() : itself;
  }

  /** A word, in quotes where a shell would take it apart. */
  static String quoted(String word) {
    return PLAIN.matcher(word).matches() ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
