package io.compot.recipe;

import io.compot.allocation.AllocationSettings;
import io.compot.allocation.DamageAllocator;
import io.compot.allocation.DobiSvdAllocator;
import io.compot.allocation.EnergyAllocator;
import io.compot.allocation.KnapsackAllocator;
import io.compot.allocation.PooledAllocator;
import io.compot.allocation.SvdLlmV2Allocator;
import io.compot.allocation.UniformAllocator;
import io.compot.allocation.WhitenedErrorAllocator;
import io.compot.error.UsageException;
import io.compot.setting.Kind;
import io.compot.setting.Refused;
import io.compot.setting.Schema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** The one list of all allocations: commands, recipes, comparisons and tests read it. */
public final class Allocations {

  /** Stands for the one that suits the method. */
  public static final String AUTO = Kind.AUTO;

  private static final List<Schema<? extends AllocationSettings>> ALL =
      List.of(
          UniformAllocator.SCHEMA,
          PooledAllocator.SCHEMA,
          SvdLlmV2Allocator.SCHEMA,
          KnapsackAllocator.SCHEMA,
          WhitenedErrorAllocator.SCHEMA,
          EnergyAllocator.SCHEMA,
          DamageAllocator.SCHEMA,
          DobiSvdAllocator.SCHEMA);

  private Allocations() {}

  /** All of them. */
  public static List<Schema<? extends AllocationSettings>> all() {
    return ALL;
  }

  /** What may be chosen: auto, or one of them. */
  public static List<String> names() {
    List<String> names = new ArrayList<>();
    names.add(AUTO);
    ALL.forEach(each -> names.add(each.name()));
    return names;
  }

  /** What auto stands for: "damage for compot+, uniform for all others". */
  public static String suited() {
    SequencedMap<String, List<String>> methods = new LinkedHashMap<>();
    Methods.all()
        .forEach(each ->
            methods
                .computeIfAbsent(each.standard().usualAllocation(), _ -> new ArrayList<>())
                .add(each.name()));
    methods.remove(UniformAllocator.SCHEMA.name());
    List<String> words = new ArrayList<>();
    methods.forEach(
        (allocation, names) -> words.add(allocation + " for " + String.join(", ", names)));
    words.add(UniformAllocator.SCHEMA.name() + " for all others");
    return String.join(", ", words);
  }

  /**
   * The one of a name.
   *
   * @throws UsageException where there is none
   */
  public static Schema<? extends AllocationSettings> named(String name) throws UsageException {
    return ALL.stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new UsageException(
                "allocation %s is unknown; choose one of %s"
                    .formatted(name, String.join(", ", names()))));
  }

  /**
   * An allocation of which this is said.
   *
   * @throws UsageException where there is none of the name, it has no such setting, or not this
   *     value
   */
  public static AllocationSettings of(String name, Map<String, String> said) throws UsageException {
    try {
      AllocationSettings made = named(name).of(said);
      made.guards().check();
      return made;
    } catch (Refused e) {
      throw new UsageException(Methods.prefixed("allocation", name, e));
    }
  }
}
