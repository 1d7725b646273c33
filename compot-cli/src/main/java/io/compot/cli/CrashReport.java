package io.compot.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a maintainer needs to know of a failure that nobody foresaw, in a file: versions, what was
 * asked and done, the last lines of the journal, the machine, the stack trace. Of the command line
 * only names of options are kept, with numbers and names of ours ({@link CrashPlan}); quoted text
 * in messages is left out: it may be the user's.
 */
final class CrashReport {

  private static final DateTimeFormatter STAMP = DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss");
  private static final Pattern QUOTED = Pattern.compile("\"[^\"]*\"|'[^']*'");
  private static final int LONGEST = 300;
  private static final int NAMES = 100;

  private CrashReport() {}

  /**
   * Writes a report beside the output, or else into the working folder or the temporary one.
   *
   * @return the file; empty where none of them can be written
   */
  static Optional<Path> write(Throwable thrown, List<String> progress, String... arguments) {
    @Nullable Path output = output(arguments);
    String text = text(thrown, progress, output, arguments);
    List<Path> folders = new ArrayList<>();
    if (output != null && output.toAbsolutePath().getParent() != null) {
      folders.add(output.toAbsolutePath().getParent());
    }
    folders.add(Path.of("").toAbsolutePath());
    folders.add(Path.of(System.getProperty("java.io.tmpdir")));
    return folders.stream().flatMap(folder -> write(folder, text).stream()).findFirst();
  }

  private static Optional<Path> write(Path folder, String text) {
    String name =
        "compot-crash-%s-%d"
            .formatted(
                STAMP.format(ZonedDateTime.now(ZoneId.systemDefault())),
                ProcessHandle.current().pid());
    for (int i = 0; i < NAMES; i++) {
      Path file = folder.resolve(name + (i == 0 ? "" : "-" + i) + ".txt");
      try {
        return Optional.of(Files.writeString(file, text, StandardOpenOption.CREATE_NEW));
      } catch (FileAlreadyExistsException _) {
        // The next name; nothing is overwritten.
      } catch (IOException _) {
        return Optional.empty();
      }
    }
    return Optional.empty();
  }

  private static String text(
      Throwable thrown, List<String> progress, @Nullable Path output, String... arguments) {
    List<String> lines = new ArrayList<>();
    lines.add(
        "Compot ended in a way that nobody foresaw. Please send this file to its maintainers.");
    lines.add(
        "It holds no weights and no text, and of options no values but numbers and Compot's own names.");
    section(lines, "versions", List.of(new Version().getVersion()));
    section(lines, "command", List.of(command(arguments)));
    CrashPlan plan = CrashPlan.of(output, arguments);
    section(lines, "plan", plan.settings());
    section(lines, "machine", machine());
    section(lines, "what was done last", progress);
    section(lines, "last lines of the journal", plan.journal());
    List<String> trace = new ArrayList<>();
    trace(thrown, "", trace, 0);
    section(lines, "stack trace", trace);
    return String.join(System.lineSeparator(), lines) + System.lineSeparator();
  }

  private static void section(List<String> lines, String title, List<String> content) {
    lines.add("");
    lines.add(title + ":");
    (content.isEmpty() ? List.of("none") : content)
        .forEach(line -> lines.add("  " + cut(ErrorLine.oneLine(line))));
  }

  /** Subcommand and names of options. */
  private static String command(String... arguments) {
    StringBuilder command = new StringBuilder("compot");
    for (int i = 0; i < arguments.length; i++) {
      if (i == 0 || arguments[i].startsWith("-")) {
        command.append(' ').append(arguments[i].split("=", 2)[0]);
      }
    }
    return command.toString();
  }

  private static List<String> machine() {
    Runtime runtime = Runtime.getRuntime();
    List<String> facts = new ArrayList<>();
    facts.add(
        "%s %s, %s"
            .formatted(
                System.getProperty("os.name"),
                System.getProperty("os.version"),
                System.getProperty("os.arch")));
    facts.add("%s %s".formatted(System.getProperty("java.vm.name"), Runtime.version()));
    facts.add("processors %d".formatted(runtime.availableProcessors()));
    facts.add(
        "Java heap %d MiB in use, %d MiB at most"
            .formatted(
                (runtime.totalMemory() - runtime.freeMemory()) >> 20, runtime.maxMemory() >> 20));
    try {
      Files.readAllLines(Path.of("/proc/self/status")).stream()
          .filter(line -> line.startsWith("VmHWM") || line.startsWith("RssAnon"))
          .forEach(facts::add);
    } catch (IOException _) {
      facts.add("resident memory unknown");
    }
    return facts;
  }

  private static void trace(Throwable thrown, String prefix, List<String> lines, int depth) {
    String message = String.valueOf(thrown.getMessage()).lines().findFirst().orElse("");
    lines.add(
        prefix
            + thrown.getClass().getName()
            + ": "
            + QUOTED.matcher(message).replaceAll("\"...\""));
    Arrays.stream(thrown.getStackTrace()).limit(200).forEach(frame -> lines.add("  at " + frame));
    Throwable cause = thrown.getCause();
    if (cause != null && depth < 10) {
      trace(cause, "caused by ", lines, depth + 1);
    }
  }

  private static String cut(String line) {
    return line.length() <= LONGEST ? line : line.substring(0, LONGEST) + "...";
  }

  private static @Nullable Path output(String... arguments) {
    for (int i = 0; i + 1 < arguments.length; i++) {
      if (arguments[i].equals("-o") || arguments[i].equals("--output")) {
        return Path.of(arguments[i + 1]);
      }
    }
    return null;
  }
}
