package io.compot.cli;

import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/** All commands on one manual page, in the macros of man(7). */
final class ManPage {

  private final StringBuilder page = new StringBuilder();

  private ManPage() {}

  static String of(CommandLine root, String version) {
    var man = new ManPage();
    man.write(root, version);
    return man.page.toString();
  }

  private void write(CommandLine root, String version) {
    CommandSpec spec = root.getCommandSpec();
    String name = spec.name();
    line(".TH %s 1 \"\" \"%s\"".formatted(name.toUpperCase(Locale.ROOT), version));
    line(".SH NAME");
    text(name + " \\- " + escaped(String.join(" ", spec.usageMessage().description())));
    line(".SH SYNOPSIS");
    line(".B " + name);
    text("COMMAND [OPTIONS]");
    line(".SH COMMANDS");
    for (CommandLine command : root.getSubcommands().values()) {
      command(command.getCommandSpec());
    }
    line(".SH NOTES");
    for (String each : spec.usageMessage().footer()) {
      text(escaped(plain(each)));
      line(".br");
    }
  }

  private void command(CommandSpec spec) {
    line(".SS " + spec.name());
    text(escaped(plain(String.join(" ", spec.usageMessage().header()))));
    line(".PP");
    for (String synopsis : spec.usageMessage().customSynopsis()) {
      line(".B " + escaped(synopsis));
      line(".br");
    }
    line(".PP");
    text(escaped(plain(String.join(" ", spec.usageMessage().description()))));
    for (PositionalParamSpec each : spec.positionalParameters()) {
      entry(each.paramLabel(), described(each));
    }
    for (OptionSpec each : spec.options()) {
      if (!each.hidden()) {
        String label = each.arity().max() > 0 ? " " + each.paramLabel() : "";
        entry(String.join(", ", each.names()) + label, described(each));
      }
    }
  }

  private void entry(String term, String description) {
    line(".TP");
    line(".B " + escaped(term));
    text(escaped(description));
  }

  /** What help says of it, defaults filled in. */
  private static String described(ArgSpec each) {
    String text = plain(String.join(" ", each.description()));
    text = text.replace("${DEFAULT-VALUE}", String.valueOf(each.defaultValue()));
    return each instanceof OptionSpec option
        ? text.replace("${FALLBACK-VALUE}", option.fallbackValue())
        : text;
  }

  private static String plain(String text) {
    return text.replace("%%", "%").replace("%n", " ");
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\e").replace("-", "\\-");
  }

  /** Text that could be taken for a request begins with an empty character. */
  private void text(String text) {
    line(text.startsWith(".") || text.startsWith("'") ? "\\&" + text : text);
  }

  private void line(String text) {
    page.append(text).append('\n');
  }
}
