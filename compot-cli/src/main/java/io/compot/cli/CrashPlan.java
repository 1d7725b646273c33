package io.compot.cli;

import io.compot.journal.WorkFolder;
import io.compot.recipe.Allocations;
import io.compot.recipe.GeneralSettings;
import io.compot.recipe.Methods;
import io.compot.recipe.SaidSettings;
import io.compot.report.ReportJson;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What was asked for, and what the journal beside the output says of it, as far as it can hold no
 * words of the user: numbers, and names that are Compot's own.
 *
 * @param settings "name value" each
 * @param journal last lines, oldest first; the first line, which holds patterns and names of files,
 *     is not among them
 */
record CrashPlan(List<String> settings, List<String> journal) {

  private static final int JOURNAL_LINES = 20;

  /** What is no setting of a compression, and yet a number or a name of Compot's own. */
  private static final List<String> BESIDE =
      List.of(
          SaidSettings.METHOD,
          SaidSettings.ALLOCATION,
          "dtype",
          "computation",
          "memory",
          "resume",
          "window",
          "windows",
          "reading",
          "compot",
          "libtorch",
          "threads");

  private static final Pattern PLAIN = Pattern.compile("[\\w.+-]{1,40}");

  /** Of a command line and of the folder in which its work is kept. */
  static CrashPlan of(@Nullable Path output, String... arguments) {
    List<String> settings = new ArrayList<>();
    for (int i = 0; i < arguments.length; i++) {
      String[] both = arguments[i].split("=", 2);
      if (both[0].startsWith("--")) {
        String next = i + 1 < arguments.length ? arguments[i + 1] : "";
        add(settings, both[0].substring(2), both.length > 1 ? both[1] : next);
      }
    }
    List<String> lines = output == null ? List.of() : lines(output);
    if (lines.isEmpty()) {
      return new CrashPlan(settings, List.of());
    }
    recorded(settings, lines.getFirst());
    int from = Math.max(1, lines.size() - JOURNAL_LINES);
    return new CrashPlan(settings, lines.subList(from, lines.size()));
  }

  /** The settings of the journal's first line, which say what was left to defaults, too. */
  private static void recorded(List<String> settings, String line) {
    Optional<Map<String, String>> recorded =
        ReportJson.fields(line, "record", "fingerprint", "settings");
    if (recorded.isEmpty()) {
      settings.add("journal: its first line is damaged");
      return;
    }
    recorded
        .get()
        .forEach((key, value) -> {
          String name = key.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
          add(settings, "journal: ", name, value);
        });
  }

  private static void add(List<String> settings, String name, String value) {
    add(settings, "", name, value);
  }

  private static void add(List<String> settings, String from, String name, String value) {
    if ((BESIDE.contains(name) || isImpersonal(name)) && PLAIN.matcher(value).matches()) {
      settings.add(from + name + " " + value);
    }
  }

  private static List<String> lines(Path output) {
    try {
      return Files.readAllLines(
          WorkFolder.beside(output.toAbsolutePath()).resolve("journal.jsonl"));
    } catch (IOException | RuntimeException _) {
      return List.of();
    }
  }

  /** Whether values of a setting are numbers or Compot's own names, whoever has it. */
  private static boolean isImpersonal(String name) {
    List<Schema<?>> all = new ArrayList<>(List.of(GeneralSettings.SCHEMA));
    all.addAll(Methods.all());
    all.addAll(Allocations.all());
    List<Setting<?, ?>> found = new ArrayList<>();
    all.forEach(each -> each.find(name).ifPresent(found::add));
    return !found.isEmpty() && found.stream().allMatch(each -> each.kind().impersonal());
  }
}
