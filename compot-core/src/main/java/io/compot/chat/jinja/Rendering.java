package io.compot.chat.jinja;

import java.time.Clock;

/**
 * What one rendering has at hand.
 *
 * @param clock what {@code strftime_now} reads
 */
record Rendering(Budget budget, Arithmetic arithmetic, ValueComparison comparison, Clock clock) {

  static Rendering of(Limits limits, Clock clock) {
    var budget = new Budget(limits);
    return new Rendering(budget, new Arithmetic(budget), new ValueComparison(budget), clock);
  }

  String str(Object value) {
    return Repr.str(value, budget);
  }
}
