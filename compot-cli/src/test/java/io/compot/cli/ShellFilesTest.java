package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.compot.testing.Command;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Completions and the manual page, by the programs that read them. */
class ShellFilesTest {

  @TempDir private Path folder;

  private String output(String... command) throws Exception {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(text).isZero();
    return text;
  }

  private Path file(String name) throws Exception {
    ShellFiles.main(new String[] {folder.toString()});
    return folder.resolve(name);
  }

  @Test
  void bashCompletesCommandsAndOptions() throws Exception {
    assumeTrue(Command.run("bash", "--version"), "skipped: no bash here");
    String script =
        """
        compopt() { :; }  # only inside a real completion
        source %s
        COMP_WORDS=(compot comp) COMP_CWORD=1; _complete_compot; echo "${COMPREPLY[@]}"
        COMP_WORDS=(compot compress --rat) COMP_CWORD=2; _complete_compot; echo "${COMPREPLY[@]}"
        """
            .formatted(file("completions/compot.bash"));
    assertThat(output("bash", "-c", script).lines().map(line -> List.of(line.split(" "))))
        .satisfiesExactly(
            commands -> assertThat(commands).contains("compress", "compare"),
            options -> assertThat(options).containsExactly("--ratio", "--rate"));
  }

  @Test
  void fishHearsOfEveryOption() throws Exception {
    assertThat(Files.readAllLines(file("completions/compot.fish")))
        .contains(
            "complete -c compot -n \"__fish_seen_subcommand_from compress\" -l force -d 'Replace OUT"
                + " if it is there.'")
        .anyMatch(line -> line.contains("-a inspect -d 'Check a model folder whole"))
        .allMatch(line -> line.startsWith("#") || line.startsWith("complete -c compot -"))
        .allMatch(line -> !line.contains("${") && !line.contains("%%"));
  }

  @Test
  void manReadsThePageWithoutAComplaint() throws Exception {
    Path page = file("man/man1/compot.1");
    assertThat(Files.readString(page))
        .contains(".SS compress", ".B \\-\\-ratio R", "Default: 0.2.")
        .doesNotContain("${", "%%");
    assumeTrue(Command.run("groff", "--version"), "skipped: no groff here");
    assertThat(output("groff", "-man", "-ww", "-z", "-Tutf8", page.toString())).isEmpty();
    assertThat(output("groff", "-man", "-Tascii", "-P-cbou", page.toString()))
        .contains("compot - Makes Transformer models smaller after training.", "--allocation NAME");
  }
}
