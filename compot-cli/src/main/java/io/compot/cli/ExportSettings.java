package io.compot.cli;

import io.compot.Export;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import io.compot.setting.Words;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The option {@code --format} and one for each name of a setting that any format has, made from
 * what formats say of themselves, behind the option {@code --output}.
 */
final class ExportSettings implements IModelTransformer {

  static final String FORMAT = "format";
  private static final String USUAL = "dense";
  private static final String BEFORE = "--output";

  @Override
  public CommandSpec transform(CommandSpec spec) {
    List<OptionSpec> declared = new ArrayList<>(spec.options());
    int from = 0;
    while (!declared.get(from).longestName().equals(BEFORE)) {
      from++;
    }
    List<OptionSpec> behind = declared.subList(from + 1, declared.size());
    behind.forEach(spec::remove);
    spec.addOption(formats());
    settings().forEach((name, owners) -> spec.addOption(option(name, owners)));
    behind.forEach(spec::addOption);
    return spec;
  }

  /** The format that was asked for. */
  static String format(ParseResult parsed) {
    return parsed.matchedOptionValue("--" + FORMAT, USUAL);
  }

  /** What was said of it, by setting. */
  static SequencedMap<String, String> said(ParseResult parsed) {
    SequencedMap<String, String> said = new LinkedHashMap<>();
    for (String name : settings().keySet()) {
      if (parsed.hasMatchedOption("--" + name)) {
        Object value = parsed.matchedOptionValue("--" + name, "");
        said.put(
            name,
            value instanceof Collection<?> several
                ? String.join(",", several.stream().map(Object::toString).toList())
                : String.valueOf(value));
      }
    }
    return said;
  }

  /** The formats that have a setting, by its name. */
  private static Map<String, List<Schema<?>>> settings() {
    var owners = new LinkedHashMap<String, List<Schema<?>>>();
    for (Schema<?> format : Export.formats()) {
      format
          .names()
          .forEach(name -> owners.computeIfAbsent(name, _ -> new ArrayList<>()).add(format));
    }
    return owners;
  }

  private static OptionSpec formats() {
    List<String> lines = new ArrayList<>();
    Export.formats().forEach(each -> lines.add(each.name() + ": " + each.summary() + ";"));
    String last = lines.removeLast();
    lines.add(last.substring(0, last.length() - 1) + ". Default: " + USUAL + ".");
    return OptionSpec.builder("--" + FORMAT)
        .paramLabel("NAME")
        .type(String.class)
        .description(lines.toArray(String[]::new))
        .build();
  }

  private static OptionSpec option(String name, List<Schema<?>> owners) {
    List<String> lines = new ArrayList<>();
    for (Schema<?> each : owners) {
      String usual = each.usual(name);
      lines.add(
          each.name()
              + ": "
              + each.find(name).orElseThrow().help().replace("%", "%%")
              + (usual.isEmpty() ? "" : " Default: " + usual + "."));
    }
    Setting<?, ?> found = owners.getFirst().find(name).orElseThrow();
    var option =
        OptionSpec.builder("--" + name)
            .paramLabel(found.kind().label())
            .description(lines.toArray(String[]::new));
    return found.kind() instanceof Words
        ? option.type(List.class).auxiliaryTypes(String.class).splitRegex(",").build()
        : option.type(String.class).build();
  }
}
