package io.compot.generation.grammar;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A place in a sequence of a rule, above the places to go on from once the sequence is done: the
 * stack of a pushdown automaton.
 */
final class Place {

  private final List<Symbol> sequence;
  private final int at;
  private final @Nullable Place below;
  private final int hash;

  private Place(List<Symbol> sequence, int at, @Nullable Place below) {
    this.sequence = sequence;
    this.at = at;
    this.below = below;
    this.hash = 31 * (31 * System.identityHashCode(sequence) + at) + Objects.hashCode(below);
  }

  /**
   * Adds the places in front of the bytes that a sequence may begin with.
   *
   * @param found takes them
   * @return whether the text may end instead
   */
  static boolean begin(List<Symbol> sequence, int at, @Nullable Place below, Set<Place> found) {
    boolean ends = false;
    Set<Place> seen = new HashSet<>();
    Deque<Place> open = new ArrayDeque<>();
    open.push(new Place(sequence, at, below));
    while (!open.isEmpty()) {
      Place place = open.pop();
      if (place.at == place.sequence.size()) {
        if (place.below == null) {
          ends = true;
        } else if (seen.add(place.below)) {
          open.push(place.below);
        }
      } else if (place.sequence.get(place.at) instanceof Symbol.Rule rule) {
        Place back = place.behind();
        for (List<Symbol> alternative : rule.alternatives()) {
          Place inside = new Place(alternative, 0, back);
          if (seen.add(inside)) {
            open.push(inside);
          }
        }
      } else {
        found.add(place);
      }
    }
    return ends;
  }

  /** Behind a last symbol nothing is left to come back to, so that lists do not pile up. */
  private @Nullable Place behind() {
    return at + 1 == sequence.size() ? below : new Place(sequence, at + 1, below);
  }

  /**
   * Adds the places behind a byte.
   *
   * @return whether the text may end there
   */
  boolean advance(int value, Set<Place> found) {
    return sequence.get(at) instanceof Symbol.Bytes bytes
        && bytes.has(value)
        && begin(sequence, at + 1, below, found);
  }

  // Sequences are those of one grammar's rules: the same or another. No recursion: texts nest deep.
  @SuppressWarnings("ReferenceEquality")
  @Override
  public boolean equals(@Nullable Object other) {
    if (!(other instanceof Place place)) {
      return false;
    }
    Place one = this;
    Place two = place;
    while (one != null && two != null && one != two) {
      if (one.hash != two.hash || one.sequence != two.sequence || one.at != two.at) {
        return false;
      }
      one = one.below;
      two = two.below;
    }
    return one == two;
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
