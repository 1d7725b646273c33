package io.compot.generation.grammar;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Where a text has led.
 *
 * @param places in front of what may follow
 * @param complete whether it may end here
 */
record Reached(Set<Place> places, boolean complete) {

  /** Before the first byte. */
  static Reached start(Symbol.Rule root) {
    Set<Place> places = new HashSet<>();
    boolean complete = Place.begin(List.of(root), 0, null, places);
    return new Reached(places, complete);
  }

  /** Behind a byte more; {@link #isLost} where it must not follow. */
  Reached advance(int value) {
    Set<Place> next = new HashSet<>();
    boolean ends = false;
    for (Place each : places) {
      ends |= each.advance(value, next);
    }
    return new Reached(next, ends);
  }

  /** Whether no text of the grammar begins so. */
  boolean isLost() {
    return places.isEmpty() && !complete;
  }

  /** Whether nothing may follow. */
  boolean isAtItsEnd() {
    return places.isEmpty();
  }
}
