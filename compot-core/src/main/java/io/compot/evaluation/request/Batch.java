package io.compot.evaluation.request;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Groups that go through the model together.
 *
 * @param common tokens at the beginning of every input of the batch (few-shot examples)
 * @param shared tokens at the beginning that are the same within each group, at least {@code
 *     common}
 * @param longest tokens of the longest input
 */
record Batch(List<Group> groups, int common, int shared, int longest) {

  /**
   * Groups of like length side by side, so that little is padding and the shared beginnings of a
   * batch are nearly as long as each group's own.
   *
   * @param tokens most tokens of a batch, rows times longest input; one group always fits
   */
  static List<Batch> of(List<Group> groups, int tokens) {
    List<Group> sorted = new ArrayList<>(groups);
    sorted.sort(
        Comparator.comparingInt(Group::shared)
            .thenComparingInt(Group::longest)
            .reversed()
            .thenComparingInt(Group::index));
    List<Batch> batches = new ArrayList<>();
    List<Group> open = new ArrayList<>();
    long rows = 0;
    long longest = 0;
    for (Group group : sorted) {
      long wider = Math.max(longest, group.longest());
      if (!open.isEmpty() && (rows + group.rows().size()) * wider > tokens) {
        batches.add(of(open));
        open = new ArrayList<>();
        rows = 0;
        wider = group.longest();
      }
      open.add(group);
      rows += group.rows().size();
      longest = wider;
    }
    if (!open.isEmpty()) {
      batches.add(of(open));
    }
    return batches;
  }

  private static Batch of(List<Group> groups) {
    int shared = groups.stream().mapToInt(Group::shared).min().orElse(0);
    int common = shared;
    for (Group group : groups) {
      common = Group.common(groups.getFirst().input(), group.input(), common);
    }
    int longest = groups.stream().mapToInt(Group::longest).max().orElse(0);
    return new Batch(List.copyOf(groups), common, shared, longest);
  }

  /** All rows, group after group. */
  List<Row> rows() {
    return groups.stream().flatMap(group -> group.rows().stream()).toList();
  }

  /** For each row the place of its group. */
  long[] owners() {
    long[] owners = new long[rows().size()];
    int row = 0;
    for (int i = 0; i < groups.size(); i++) {
      for (int j = 0; j < groups.get(i).rows().size(); j++) {
        owners[row++] = i;
      }
    }
    return owners;
  }
}
