package io.compot.recipe;

import io.compot.allocation.AllocationSettings;
import io.compot.error.UsageException;
import io.compot.method.CompressionMethod;
import io.compot.setting.Kind;
import io.compot.setting.Refused;
import io.compot.setting.Schema;
import io.compot.text.Nearest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What was said of a compression so far, by names and in words: in any order, by a recipe, by
 * options, by calls. {@link #settings()} puts it together and refuses what does not fit.
 */
public final class SaidSettings {

  /** The key of the method's name. */
  public static final String METHOD = "method";

  /** The key of the allocation's name. */
  public static final String ALLOCATION = "allocation";

  /** What a first look in little time takes in place of what is usual; rounds where there are. */
  public static final Map<String, String> QUICK = Map.of("samples", "16", "iterations", "5");

  private static final String USUAL_METHOD = "compot";

  private final SequencedMap<String, String> said = new LinkedHashMap<>();
  private final Set<String> ofTheRecipe = new HashSet<>();
  private @Nullable CompressionMethod own;
  private List<Path> calibration = List.of();
  private Map<Path, String> digests = Map.of();
  private List<ProjectionOverride> overrides = List.of();
  private List<SaidStep> steps = List.of();
  private boolean forgiving;
  private boolean quick;

  /** Every name that {@link #say} takes, in the order in which they are told. */
  public static List<String> names() {
    Set<String> names = new LinkedHashSet<>(List.of(METHOD, ALLOCATION));
    names.addAll(GeneralSettings.SCHEMA.names());
    Allocations.all().forEach(each -> names.addAll(each.names()));
    Methods.all().forEach(each -> names.addAll(each.names()));
    return List.copyOf(names);
  }

  /**
   * Says one setting; what was said of it before does not count any more. Another method or
   * allocation than a recipe's takes that one's settings away with it, where it does not have them.
   */
  public void say(String name, String written) {
    said.put(name, written);
    ofTheRecipe.remove(name);
    if (GeneralSettings.BUDGETS.contains(name)) {
      forgetBudgets(name);
    }
    if (name.equals(METHOD)) {
      own = null;
      forget(Methods.all(), written);
    } else if (name.equals(ALLOCATION)) {
      forget(Allocations.all(), written);
    }
  }

  /** Says a setting where nothing was said of it. */
  public void usually(String name, String written) {
    if (!said.containsKey(name)) {
      said.put(name, written);
    }
  }

  /** A budget that is said takes that of a recipe away. */
  private void forgetBudgets(String chosen) {
    for (String other : GeneralSettings.BUDGETS) {
      if (!other.equals(chosen) && ofTheRecipe.remove(other)) {
        said.remove(other);
      }
    }
  }

  private void forget(List<? extends Schema<?>> all, String chosen) {
    List<String> kept = new ArrayList<>();
    Set<String> known = new HashSet<>();
    for (Schema<?> each : all) {
      known.addAll(each.names());
      if (each.name().equals(chosen)) {
        kept.addAll(each.names());
      }
    }
    ofTheRecipe.removeIf(name -> {
      boolean gone = known.contains(name) && !kept.contains(name);
      if (gone) {
        said.remove(name);
      }
      return gone;
    });
  }

  /** Takes a method with its settings as it is; those that are said later change it. */
  public void method(CompressionMethod method) {
    say(METHOD, method.name());
    own = method;
  }

  /** Says what a recipe says. */
  void sayByRecipe(String name, String written) {
    say(name, written);
    ofTheRecipe.add(name);
  }

  /** The calibration files, and the digests that they must have, where those are known. */
  public void calibration(List<Path> files, Map<Path, String> known) {
    calibration = List.copyOf(files);
    digests = Map.copyOf(known);
  }

  /** What holds for single projections, in order. */
  public void overrides(List<ProjectionOverride> inOrder) {
    overrides = List.copyOf(inOrder);
  }

  /** Steps that follow one another; what is said beside them holds for all. */
  void steps(List<SaidStep> inOrder) {
    steps = List.copyOf(inOrder);
  }

  /** The steps of a recipe that has some. */
  public List<SaidStep> steps() {
    return steps;
  }

  /** Whether something is said of a setting, and its choice not left open. */
  boolean isSaid(String name) {
    return !said.getOrDefault(name, Kind.AUTO).strip().equals(Kind.AUTO);
  }

  /** The first setting that says how small the result is to be, and what it says. */
  Optional<Map.Entry<String, String>> budget() {
    return said.entrySet().stream()
        .filter(each -> GeneralSettings.BUDGETS.contains(each.getKey()) && isSaid(each.getKey()))
        .findFirst()
        .map(each -> Map.entry(each.getKey(), each.getValue()));
  }

  /** These, and where they say nothing what is said of all steps, but for budgets. */
  SaidSettings over(SaidSettings all) {
    SaidSettings made = copy();
    all.said.forEach((name, written) -> {
      if (!GeneralSettings.BUDGETS.contains(name)) {
        made.usually(name, written);
      }
    });
    made.calibration(all.calibration, all.digests);
    made.quick = all.quick;
    return made;
  }

  /** The same, to be changed on its own. */
  public SaidSettings copy() {
    var made = new SaidSettings();
    made.said.putAll(said);
    made.ofTheRecipe.addAll(ofTheRecipe);
    made.own = own;
    made.calibration = calibration;
    made.digests = digests;
    made.overrides = overrides;
    made.forgiving = forgiving;
    made.quick = quick;
    return made;
  }

  /** Leaves out settings that the method and the allocation do not have, in place of refusing. */
  public void forgive() {
    forgiving = true;
  }

  /** Takes {@link #QUICK} where nothing else is said. */
  public void quick() {
    quick = true;
  }

  /** What was said beside the names of method and allocation, in order. */
  public SequencedMap<String, String> said() {
    SequencedMap<String, String> rest = new LinkedHashMap<>(said);
    rest.remove(METHOD);
    rest.remove(ALLOCATION);
    return rest;
  }

  /** Whether {@link #QUICK} was taken. */
  public boolean isQuick() {
    return quick;
  }

  /** What was said, and behind it what counts where nothing was. */
  private SequencedMap<String, String> saidOrQuick() {
    SequencedMap<String, String> all = said();
    if (quick) {
      for (var each : QUICK.entrySet()) {
        boolean had =
            GeneralSettings.SCHEMA.find(each.getKey()).isPresent() || isOfMethod(each.getKey());
        if (had) {
          all.putIfAbsent(each.getKey(), each.getValue());
        }
      }
    }
    return all;
  }

  /** The method's name as it stands. */
  public String methodName() {
    boolean ofSize =
        Stream.of("bits", "size", "max-kl", "max-rise")
            .anyMatch(each -> !said.getOrDefault(each, Kind.AUTO).strip().equals(Kind.AUTO));
    return said.getOrDefault(METHOD, ofSize ? MixMethod.SCHEMA.name() : USUAL_METHOD);
  }

  /** The allocation's name as it stands: auto, or one of them. */
  String allocationName() {
    return said.getOrDefault(ALLOCATION, Allocations.AUTO);
  }

  /**
   * The settings as they stand.
   *
   * @throws UsageException naming what is unknown, out of bounds, or not had by the method or the
   *     allocation, with what there is instead
   */
  public CompressionSettings settings() throws UsageException {
    Map<String, String> general = new LinkedHashMap<>();
    Map<String, String> ofMethods = new LinkedHashMap<>();
    Map<String, String> ofAllocations = new LinkedHashMap<>();
    for (var each : saidOrQuick().entrySet()) {
      String name = each.getKey();
      if (GeneralSettings.SCHEMA.find(name).isPresent()) {
        general.put(name, each.getValue());
      } else if (had(Methods.all(), name) || isOfOwn(name)) {
        ofMethods.put(name, each.getValue());
      } else if (had(Allocations.all(), name)) {
        ofAllocations.put(name, each.getValue());
      } else {
        throw new UsageException(
            "there is no setting %s%s"
                .formatted(
                    name,
                    Nearest.of(name, names())
                        .map(near -> ", did you mean " + near + "?")
                        .orElse("")));
      }
    }
    CompressionMethod method = method(ofMethods);
    List<String> budgets =
        GeneralSettings.BUDGETS.stream()
            .filter(each -> !general.getOrDefault(each, Kind.AUTO).strip().equals(Kind.AUTO))
            .toList();
    if (budgets.size() > 1) {
      throw new UsageException(
          "%s say how small the result is to be; say one of them"
              .formatted(String.join(" and ", budgets)));
    }
    String chosen = allocationName();
    String name = chosen.equals(Allocations.AUTO) ? method.usualAllocation() : chosen;
    keepOnly(Allocations.named(name), ofAllocations);
    AllocationSettings allocation = Allocations.of(name, ofAllocations);
    try {
      GeneralSettings all = GeneralSettings.SCHEMA.of(general);
      return new CompressionSettings(
          budgets.isEmpty() && (method.sizesItself() || method.needsBudget())
              ? all.within(new Budget.ByMethod())
              : all,
          method,
          allocation,
          calibration,
          digests,
          forgiving ? overrides.stream().map(each -> each.only(method)).toList() : overrides);
    } catch (Refused e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private CompressionMethod method(Map<String, String> ofMethods) throws UsageException {
    Optional<CompressionMethod> given = Optional.ofNullable(own);
    if (given.isPresent()) {
      keepOnly(given.get().schema(), ofMethods);
      return Methods.with(given.get(), ofMethods);
    }
    keepOnly(Methods.named(methodName()), ofMethods);
    return Methods.of(methodName(), ofMethods);
  }

  private boolean isOfOwn(String setting) {
    return own != null && own.schema().find(setting).isPresent();
  }

  private boolean isOfMethod(String setting) {
    return own != null
        ? isOfOwn(setting)
        : Methods.all().stream()
            .filter(each -> each.name().equals(methodName()))
            .anyMatch(each -> each.find(setting).isPresent());
  }

  private void keepOnly(Schema<?> schema, Map<String, String> named) {
    if (forgiving) {
      named.keySet().retainAll(schema.names());
    }
  }

  private static boolean had(List<? extends Schema<?>> all, String setting) {
    return all.stream().anyMatch(each -> each.find(setting).isPresent());
  }
}
