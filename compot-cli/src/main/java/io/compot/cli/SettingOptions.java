package io.compot.cli;

import io.compot.recipe.Allocations;
import io.compot.recipe.GeneralSettings;
import io.compot.recipe.Methods;
import io.compot.recipe.SaidSettings;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import io.compot.setting.Words;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.Set;
import picocli.CommandLine.IModelTransformer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * Options for all settings of compressions, made from what methods, allocations and compressions
 * themselves say of them: one for each name, behind the option {@code --recipe}.
 */
class SettingOptions implements IModelTransformer {

  private static final String BEFORE = "--recipe";

  private final Set<String> without;

  SettingOptions(String... without) {
    this.without = Set.of(without);
  }

  /** For compress and plan. */
  static final class All extends SettingOptions {}

  /** For compare, whose cells have methods, allocations and ratios of their own. */
  static final class OfComparisons extends SettingOptions {
    OfComparisons() {
      super(
          SaidSettings.METHOD,
          SaidSettings.ALLOCATION,
          "ratio",
          "bits",
          "size",
          "width",
          "shard-size");
    }
  }

  @Override
  public CommandSpec transform(CommandSpec spec) {
    List<OptionSpec> declared = new ArrayList<>(spec.options());
    int from = 0;
    while (from < declared.size() && !declared.get(from).longestName().equals(BEFORE)) {
      from++;
    }
    List<OptionSpec> behind =
        declared.subList(Math.min(from + 1, declared.size()), declared.size());
    behind.forEach(spec::remove);
    for (String name : SaidSettings.names()) {
      if (!without.contains(name)) {
        spec.addOption(option(name));
      }
    }
    behind.forEach(spec::addOption);
    return spec;
  }

  /** What was said on the command line, by setting. */
  static SequencedMap<String, String> said(ParseResult parsed) {
    SequencedMap<String, String> said = new LinkedHashMap<>();
    Collection<String> names = SaidSettings.names();
    for (OptionSpec option : parsed.matchedOptions()) {
      String name = option.longestName().replaceFirst("^-+", "");
      // A command's own option of that name, with several values, is another thing.
      if (names.contains(name) && option.userObject() == null) {
        Object value = option.getValue();
        said.put(
            name,
            value instanceof Collection<?> several
                ? String.join(",", several.stream().map(Object::toString).toList())
                : String.valueOf(value));
      }
    }
    return said;
  }

  private static OptionSpec option(String name) {
    if (name.equals(SaidSettings.METHOD)) {
      return named(name, Methods.all(), List.of(), "compot");
    }
    if (name.equals(SaidSettings.ALLOCATION)) {
      return named(
          name,
          Allocations.all(),
          List.of(
              "How the bits that are left are split over the projections.",
              Allocations.AUTO + ": " + Allocations.suited() + ";"),
          Allocations.AUTO);
    }
    Map<String, List<String>> owners = new LinkedHashMap<>();
    Setting<?, ?> found = null;
    for (Schema<?> schema : schemas()) {
      var setting = schema.find(name);
      if (setting.isPresent()) {
        found = setting.get();
        owners.computeIfAbsent(help(schema, name), _ -> new ArrayList<>()).add(schema.name());
      }
    }
    if (found == null) {
      throw new IllegalArgumentException("nobody has a setting " + name);
    }
    String own = GeneralSettings.SCHEMA.name();
    boolean everywhere = owners.size() == 1 && isEverywhere(name);
    List<String> lines = new ArrayList<>();
    owners.forEach((help, names) ->
        lines.add(
            everywhere || names.contains(own) ? help : String.join(", ", names) + ": " + help));
    var option =
        OptionSpec.builder("--" + name)
            .paramLabel(found.kind().label())
            .description(lines.toArray(String[]::new));
    return found.kind() instanceof Words
        ? option.type(List.class).auxiliaryTypes(String.class).splitRegex(",").build()
        : option.type(String.class).build();
  }

  private static boolean isEverywhere(String name) {
    return Allocations.all().stream().allMatch(each -> each.find(name).isPresent());
  }

  private static List<Schema<?>> schemas() {
    List<Schema<?>> all = new ArrayList<>();
    all.add(GeneralSettings.SCHEMA);
    all.addAll(Methods.all());
    all.addAll(Allocations.all());
    return all;
  }

  private static String help(Schema<?> schema, String name) {
    String help = schema.find(name).orElseThrow().help().replace("%", "%%");
    String usual = schema.usual(name);
    return help.contains("Default:") || usual.isEmpty() ? help : help + " Default: " + usual + ".";
  }

  private static OptionSpec named(
      String name, List<? extends Schema<?>> all, List<String> before, String usual) {
    List<String> lines = new ArrayList<>(before);
    all.forEach(each -> lines.add(each.name() + ": " + each.summary() + ";"));
    String last = lines.removeLast();
    lines.add(last.substring(0, last.length() - 1) + ". Default: " + usual + ".");
    return OptionSpec.builder("--" + name)
        .paramLabel("NAME")
        .type(String.class)
        .description(lines.toArray(String[]::new))
        .build();
  }
}
