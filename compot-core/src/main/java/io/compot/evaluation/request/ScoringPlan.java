package io.compot.evaluation.request;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Which hidden states of some trees need logits, which tokens are looked up in them, and whose they
 * are.
 */
final class ScoringPlan {

  /** What is known of a target so far. */
  private static final class Tally {
    private double sum;
    private boolean greedy = true;
  }

  /** A token looked up at a position: the n-th one that needs logits. */
  private record Lookup(int position, long token, Tally tally) {}

  private final List<InputTree.Target> targets = new ArrayList<>();
  private final List<Tally> tallies = new ArrayList<>();
  private final List<Integer> places = new ArrayList<>();
  private final List<Lookup> lookups = new ArrayList<>();
  private final List<Integer> firstLookup = new ArrayList<>();

  /**
   * A plan.
   *
   * @param width nodes of a tree in the hidden states
   * @param skipped nodes before them
   */
  ScoringPlan(List<InputTree> trees, int width, int skipped) {
    for (int row = 0; row < trees.size(); row++) {
      add(trees.get(row), row * width - skipped);
    }
    lookups.sort(Comparator.comparingInt(Lookup::position));
    for (int i = 0; i < lookups.size(); i++) {
      if (lookups.get(i).position() == firstLookup.size()) {
        firstLookup.add(i);
      }
    }
    firstLookup.add(lookups.size());
  }

  private void add(InputTree tree, int offset) {
    int[] positions = new int[tree.size()];
    Arrays.fill(positions, -1);
    for (InputTree.Target target : tree.targets()) {
      var tally = new Tally();
      targets.add(target);
      tallies.add(tally);
      for (int i = 0; i < target.nodes().length; i++) {
        int node = target.nodes()[i];
        if (positions[node] < 0) {
          positions[node] = places.size();
          places.add(offset + node);
        }
        lookups.add(new Lookup(positions[node], target.tokens()[i], tally));
      }
    }
  }

  /** How many positions need logits. */
  int positions() {
    return places.size();
  }

  /** Rows of the flattened hidden states. */
  long[] places(int from, int to) {
    return places.subList(from, to).stream().mapToLong(Integer::longValue).toArray();
  }

  /** Places in the flattened logits of these positions, V wide. */
  long[] wanted(int from, int to, long width) {
    return lookups(from, to).stream()
        .mapToLong(each -> (each.position() - from) * width + each.token())
        .toArray();
  }

  void fill(int from, int to, float[] logProbabilities, long[] likeliest) {
    List<Lookup> filled = lookups(from, to);
    for (int i = 0; i < filled.size(); i++) {
      Lookup each = filled.get(i);
      each.tally().sum += logProbabilities[i];
      each.tally().greedy &= likeliest[each.position() - from] == each.token();
    }
  }

  private List<Lookup> lookups(int from, int to) {
    return lookups.subList(firstLookup.get(from), firstLookup.get(to));
  }

  void collect(List<Score[]> scores) {
    for (int i = 0; i < targets.size(); i++) {
      InputTree.Target target = targets.get(i);
      Tally tally = tallies.get(i);
      scores.get(target.group())[target.request()] =
          new Score(tally.sum, tally.greedy, target.cut());
    }
  }
}
