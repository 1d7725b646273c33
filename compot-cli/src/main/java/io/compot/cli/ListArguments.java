package io.compot.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Lists as people write them, with blanks beside the commas: {@code --ratios "0.2, 0.4"}, and also
 * {@code --ratios 0.2, 0.4}, which a shell hands over as two words.
 */
final class ListArguments {

  private static final String COMMA = "\\s*,\\s*";

  private ListArguments() {}

  /** The arguments with the blanks gone from the values of options that take lists. */
  static String[] tidy(CommandLine root, String... arguments) {
    Map<String, OptionSpec> options = options(root, arguments);
    List<String> tidy = new ArrayList<>();
    for (int i = 0; i < arguments.length; i++) {
      String word = arguments[i];
      String name = word.split("=", 2)[0];
      @Nullable OptionSpec option = options.get(name);
      boolean inline = name.length() < word.length();
      if (option == null
          || option.splitRegex().isEmpty()
          || (!inline && i + 1 == arguments.length)) {
        tidy.add(word);
        continue;
      }
      if (!inline) {
        tidy.add(word);
        word = arguments[++i];
      }
      var value = new StringBuilder(word);
      while (i + 1 < arguments.length && goesOn(value, arguments[i + 1])) {
        value.append(arguments[++i]);
      }
      tidy.add(value.toString().strip().replaceAll(COMMA, ",").replaceFirst("=\\s+", "="));
    }
    return tidy.toArray(String[]::new);
  }

  private static boolean goesOn(CharSequence value, String next) {
    return !next.startsWith("-")
        && (value.toString().stripTrailing().endsWith(",") || next.startsWith(","));
  }

  private static Map<String, OptionSpec> options(CommandLine root, String... arguments) {
    for (String word : arguments) {
      @Nullable CommandLine command = root.getSubcommands().get(word);
      if (command != null) {
        return command.getCommandSpec().optionsMap();
      }
    }
    return Map.of();
  }
}
