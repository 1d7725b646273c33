package io.compot.generation.grammar;

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
    if (at == sequence.size()) {
      return below == null || begin(below.sequence, below.at, below.below, found);
    }
    Symbol symbol = sequence.get(at);
    if (!(symbol instanceof Symbol.Rule rule)) {
      found.add(new Place(sequence, at, below));
      return false;
    }
    // Behind a last symbol nothing is left to come back to, so that lists do not pile up.
    Place back = at + 1 == sequence.size() ? below : new Place(sequence, at + 1, below);
    boolean ends = false;
    for (List<Symbol> alternative : rule.alternatives()) {
      ends |= begin(alternative, 0, back, found);
    }
    return ends;
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

  // Sequences are those of one grammar's rules: the same or another.
  @SuppressWarnings("ReferenceEquality")
  @Override
  public boolean equals(@Nullable Object other) {
    if (!(other instanceof Place place)) {
      return false;
    }
    return this == place
        || (hash == place.hash
            && sequence == place.sequence
            && at == place.at
            && Objects.equals(below, place.below));
  }

  @Override
  public int hashCode() {
    return hash;
  }
}
