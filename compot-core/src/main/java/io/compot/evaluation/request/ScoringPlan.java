package io.compot.evaluation.request;

import java.util.ArrayList;
import java.util.List;

/**
 * Which hidden states of a batch need logits, which tokens are looked up in them, and whose they
 * are.
 */
final class ScoringPlan {

  /** A token looked up at a position: the n-th one that needs logits. */
  private record Lookup(int position, long token, int group, int request) {}

  private final List<Integer> places = new ArrayList<>();
  private final List<Lookup> lookups = new ArrayList<>();
  private final List<Integer> firstLookup = new ArrayList<>();
  private final double[][] sums;
  private final boolean[][] greedy;
  private final boolean[][] cut;
  private final Batch batch;

  ScoringPlan(Batch batch) {
    this.batch = batch;
    int groups = batch.groups().size();
    sums = new double[groups][];
    greedy = new boolean[groups][];
    cut = new boolean[groups][];
    for (int g = 0; g < groups; g++) {
      Group group = batch.groups().get(g);
      sums[g] = new double[group.requests()];
      greedy[g] = new boolean[group.requests()];
      cut[g] = new boolean[group.requests()];
      for (Row each : group.rows()) {
        for (Row.Target target : each.targets()) {
          greedy[g][target.request()] = true;
          cut[g][target.request()] = target.cut();
        }
      }
    }
  }

  /**
   * Turns to some rows.
   *
   * @param rows their places in {@link Batch#rows}
   * @param width positions of a row in the hidden states
   * @param skipped positions of the inputs before them
   */
  void turnTo(List<Integer> rows, int width, int skipped) {
    places.clear();
    lookups.clear();
    firstLookup.clear();
    List<Row> all = batch.rows();
    long[] owners = batch.owners();
    for (int i = 0; i < rows.size(); i++) {
      int row = rows.get(i);
      add((int) owners[row], all.get(row), i * width - skipped);
    }
    firstLookup.add(lookups.size());
  }

  private void add(int group, Row row, int offset) {
    for (int place = row.unscored(); place < row.input().length; place++) {
      int position = places.size();
      int known = lookups.size();
      for (Row.Target target : row.targets()) {
        int token = place - target.first();
        if (token >= 0 && token < target.tokens().length) {
          lookups.add(new Lookup(position, target.tokens()[token], group, target.request()));
        }
      }
      if (lookups.size() > known) {
        firstLookup.add(known);
        places.add(offset + place);
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
      sums[each.group()][each.request()] += logProbabilities[i];
      greedy[each.group()][each.request()] &= likeliest[each.position() - from] == each.token();
    }
  }

  private List<Lookup> lookups(int from, int to) {
    return lookups.subList(firstLookup.get(from), firstLookup.get(to));
  }

  void collect(List<Score[]> scores) {
    for (int g = 0; g < sums.length; g++) {
      Score[] target = scores.get(batch.groups().get(g).index());
      for (int r = 0; r < target.length; r++) {
        target[r] = new Score(sums[g][r], greedy[g][r], cut[g][r]);
      }
    }
  }
}
