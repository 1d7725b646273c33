package io.compot.allocation;

import java.util.SequencedMap;

/** An allocation as it is chosen, with its settings. */
public interface AllocationSettings {

  /** The name by which commands and files know it. */
  String name();

  /** How little and how much of its bits each projection may lose. */
  Guards guards();

  /** The allocator that these settings make. */
  BudgetAllocator allocator();

  /** Every setting by name, as JSON has it. */
  SequencedMap<String, Object> settings();
}
