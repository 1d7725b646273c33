package io.compot.allocation;

import io.compot.allocation.option.CompressionOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Spends bits that no single step up can use: sizes are whole numbers, so one projection goes a few
 * steps up and another a few down, until what is left over is at most a thousandth of the bits to
 * remove, or no such pair helps. Of the pairs that get there, the one that moves fewest bits.
 */
final class LeftOver {

  private static final int STEPS = 6;

  /** Whether a projection may have an option in place of the one it has. */
  @FunctionalInterface
  interface Guard {
    boolean allows(int projection, CompressionOption option);
  }

  private record Move(int owner, CompressionOption to, long bits) {}

  private record Pair(Move one, Move other, long left) {
    long moved() {
      return Math.abs(one.bits()) + Math.abs(other.bits());
    }
  }

  private final List<ProjectionProfile> profiles;
  private final CompressionOption[] chosen;
  private final Guard guard;
  private final boolean whole;
  private final long tolerance;
  private long left;

  private LeftOver(
      List<ProjectionProfile> profiles,
      CompressionOption[] chosen,
      long budget,
      Guard guard,
      boolean whole) {
    this.whole = whole;
    this.profiles = profiles;
    this.chosen = chosen;
    this.guard = guard;
    long dense = profiles.stream().mapToLong(ProjectionProfile::denseBits).sum();
    long usual = (dense - budget) / 1000;
    this.tolerance = whole ? Math.min(usual, budget / 2000) : usual;
    this.left = budget;
    for (CompressionOption option : chosen) {
      left -= option.bits();
    }
  }

  /** Changes the chosen options, whose total is within the budget before and after. */
  static void spend(
      List<ProjectionProfile> profiles, CompressionOption[] chosen, long budget, Guard guard) {
    new LeftOver(profiles, chosen, budget, guard, false).spend();
  }

  /**
   * The same, where a weight may also become whole, or cease to be: the largest options are far
   * below whole weights, so that more would be left over than a thousandth of the budget.
   */
  static void spendWhole(
      List<ProjectionProfile> profiles, CompressionOption[] chosen, long budget, Guard guard) {
    new LeftOver(profiles, chosen, budget, guard, true).spend();
  }

  private void spend() {
    while (left > tolerance) {
      Optional<Pair> best = best(moves());
      if (best.isEmpty()) {
        return;
      }
      for (Move move : List.of(best.get().one(), best.get().other())) {
        chosen[move.owner()] = move.to();
      }
      left = best.get().left();
    }
  }

  private Optional<Pair> best(Collection<List<Move>> moves) {
    List<Move> all = moves.stream().flatMap(List::stream).toList();
    Pair best = null;
    for (Move up : all) {
      for (Move down : all) {
        long rest = left - up.bits() - down.bits();
        if (up.owner() != down.owner() && rest >= 0 && rest < left) {
          Pair pair = new Pair(up, down, rest);
          best = best == null || better(pair, best) ? pair : best;
        }
      }
    }
    return Optional.ofNullable(best);
  }

  private boolean better(Pair a, Pair b) {
    boolean enough = a.left() <= tolerance;
    if (enough != b.left() <= tolerance) {
      return enough;
    }
    return enough ? a.moved() < b.moved() : a.left() < b.left();
  }

  /** A few steps either way; of moves of the same bits, two owners are enough. */
  private Collection<List<Move>> moves() {
    Map<Long, List<Move>> moves = new LinkedHashMap<>();
    for (int i = 0; i < chosen.length; i++) {
      if (whole || !chosen[i].isDense()) {
        List<Move> own = new ArrayList<>();
        addUp(i, own);
        addDown(i, own);
        for (Move move : own) {
          List<Move> same = moves.computeIfAbsent(move.bits(), _ -> new ArrayList<>());
          if (same.size() < 2) {
            same.add(move);
          }
        }
      }
    }
    return moves.values();
  }

  private void addUp(int i, List<Move> moves) {
    CompressionOption at = chosen[i];
    for (int step = 0; step < STEPS; step++) {
      var next = profiles.get(i).next(at.bits(), profiles.get(i).denseBits() - 1);
      if (next.isEmpty() && whole && profiles.get(i).whole() && !at.isDense()) {
        next = Optional.of(profiles.get(i).dense());
      }
      if (next.isEmpty() || !guard.allows(i, next.get())) {
        return;
      }
      at = next.get();
      moves.add(new Move(i, at, at.bits() - chosen[i].bits()));
    }
  }

  private void addDown(int i, List<Move> moves) {
    CompressionOption at = chosen[i];
    for (int step = 0; step < STEPS; step++) {
      var next = profiles.get(i).within(at.bits() - 1);
      if (next.isEmpty() || !guard.allows(i, next.get())) {
        return;
      }
      at = next.get();
      moves.add(new Move(i, at, at.bits() - chosen[i].bits()));
    }
  }
}
