package io.compot.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import picocli.AutoComplete;
import picocli.CommandLine;

/**
 * What a shell wants to know of the commands: completions and the manual page. The build calls this
 * once, for the distribution.
 */
final class ShellFiles {

  private ShellFiles() {}

  /** Writes all into the folder that is the only argument. */
  public static void main(String[] arguments) throws IOException {
    Path share = Path.of(arguments[0]);
    for (Map.Entry<String, String> file : contents().entrySet()) {
      Path place = share.resolve(file.getKey());
      Files.createDirectories(place.getParent());
      Files.writeString(place, file.getValue());
    }
  }

  /** Texts by their places below {@code share}. */
  static Map<String, String> contents() {
    var nowhere = new PrintStream(OutputStream.nullOutputStream());
    CommandLine root = Main.commandLine(new Screen(nowhere, nowhere, false, false, false), false);
    // The script is for zsh, too, which it makes understand bash's way.
    return Map.of(
        "completions/compot.bash",
        AutoComplete.bash(root.getCommandName(), root),
        "completions/compot.fish",
        FishCompletion.of(root),
        "man/man1/compot.1",
        ManPage.of(root, "compot " + Version.ofCompot()));
  }
}
