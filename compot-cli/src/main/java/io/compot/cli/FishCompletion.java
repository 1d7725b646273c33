package io.compot.cli;

import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Completions for the fish shell, which the command library writes none for. */
final class FishCompletion {

  private static final int LONGEST = 80;

  private FishCompletion() {}

  /** One line for each command and option. */
  static String of(CommandLine root) {
    String program = root.getCommandName();
    var text = new StringBuilder("# Completions of " + program + " for fish.\n");
    Map<String, CommandLine> commands = root.getSubcommands();
    String none = "\"not __fish_seen_subcommand_from " + String.join(" ", commands.keySet()) + "\"";
    commands.forEach((name, command) -> {
      String header = String.join(" ", command.getCommandSpec().usageMessage().header());
      text.append(
          "complete -c %s -f -n %s -a %s -d '%s'%n".formatted(program, none, name, quoted(header)));
    });
    commands.forEach((name, command) -> {
      for (OptionSpec option : command.getCommandSpec().options()) {
        if (!option.hidden()) {
          text.append(
              "complete -c %s -n \"__fish_seen_subcommand_from %s\"".formatted(program, name));
          for (String each : option.names()) {
            text.append(
                each.startsWith("--") ? " -l " + each.substring(2) : " -s " + each.substring(1));
          }
          text.append(option.arity().max() > 0 ? " -r" : "");
          text.append(
              " -d '%s'%n".formatted(quoted(first(String.join(" ", option.description())))));
        }
      }
    });
    return text.toString().replace("\r\n", "\n");
  }

  /** The first sentence, or what there is room for. */
  private static String first(String description) {
    String plain = description.replace("%%", "%").replaceAll("\\$\\{[^}]*}", "").strip();
    int end = plain.indexOf(". ");
    String sentence = end < 0 ? plain : plain.substring(0, end);
    return sentence.length() <= LONGEST ? sentence : sentence.substring(0, LONGEST) + "...";
  }

  private static String quoted(String text) {
    return text.replace("\\", "\\\\").replace("'", "\\'");
  }
}
