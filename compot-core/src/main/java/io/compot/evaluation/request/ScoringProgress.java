package io.compot.evaluation.request;

/** Hears how far the scoring of requests is. */
@FunctionalInterface
public interface ScoringProgress {

  /**
   * A batch is done.
   *
   * @param groups how many groups are done
   * @param share of the whole work that is done, above 0 and at most 1: the longest requests come
   *     first, so it runs ahead of the groups
   */
  void scored(int groups, double share);
}
