package io.compot.evaluation.task;

/**
 * Where few-shot examples come from.
 *
 * @param split the split they are taken from
 * @param drawn whether they are drawn at random anew for every document; otherwise the first ones
 *     are taken
 * @param oneMore whether one more is drawn than asked for, as the harness does where it takes
 *     few-shot and test split for the same because neither is named; the last one is not used, but
 *     it moves the generator
 */
public record Shots(String split, boolean drawn, boolean oneMore) {

  /** Drawn from a split other than the one that is measured. */
  static Shots drawn(String split) {
    return new Shots(split, true, false);
  }

  /** Drawn by a task without a test split. */
  static Shots drawnWithoutTestSplit(String split) {
    return new Shots(split, true, true);
  }

  /** The first ones. */
  static Shots first(String split) {
    return new Shots(split, false, false);
  }
}
