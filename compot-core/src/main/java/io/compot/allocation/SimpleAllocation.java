package io.compot.allocation;

import io.compot.setting.Schema;
import io.compot.setting.Setting;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * An allocation that has no settings but guards.
 *
 * @param inner the allocator that is guarded
 */
public record SimpleAllocation(BudgetAllocator inner, Guards guards) implements AllocationSettings {

  private static final List<Setting<SimpleAllocation, ?>> SETTINGS =
      Guards.settings(
          SimpleAllocation::guards, (owner, guards) -> new SimpleAllocation(owner.inner, guards));

  /** What may be said of it. */
  static Schema<SimpleAllocation> schema(BudgetAllocator inner, String summary) {
    return new Schema<>(
        inner.name(), summary, new SimpleAllocation(inner, Guards.none()), SETTINGS);
  }

  @Override
  public String name() {
    return inner.name();
  }

  @Override
  public BudgetAllocator allocator() {
    return guards.around(inner);
  }

  @Override
  public SequencedMap<String, Object> settings() {
    SequencedMap<String, Object> all = new LinkedHashMap<>();
    SETTINGS.forEach(each -> all.put(each.name(), each.plain(this)));
    return all;
  }
}
