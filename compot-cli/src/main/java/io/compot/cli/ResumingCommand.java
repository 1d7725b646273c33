package io.compot.cli;

import java.util.ArrayList;
import java.util.List;

/** The command line that goes on where this one stopped, as a shell takes it. */
final class ResumingCommand {

  private static final String RESUME = "--resume";

  private ResumingCommand() {}

  /** The same command; without a wish to start anew, which would throw the finished work away. */
  static String of(String... arguments) {
    List<String> words = new ArrayList<>(List.of(Invocation.itself()));
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].equals(RESUME)) {
        i++;
      } else if (!arguments[i].startsWith(RESUME + "=")) {
        words.add(Invocation.quoted(arguments[i]));
      }
    }
    return String.join(" ", words);
  }
}
