package io.compot.allocation;

/** Which projections share one pool of singular values, and with it one part of the budget. */
public enum PoolingScope {
  /** All projections of the model; the best in COMPOT's Table 2. */
  ALL,
  /** All projections of one kind, across depth. */
  KIND,
  /**
   * Those of one block that read the same input: its q, k, v, and its gate and up; every other
   * projection for itself. (COMPOT's "QKV &amp; Up/Gate grouped"; that the pools end at a block is
   * our reading.)
   */
  SHARED_INPUT,
  /** Each projection for itself: the ratio asked for, for all. */
  NONE;

  /** Projections with equal keys share a pool. */
  String key(ProjectionProfile profile) {
    return switch (this) {
      case ALL -> "all";
      case KIND -> profile.kind();
      case SHARED_INPUT -> profile.input();
      case NONE -> profile.name();
    };
  }
}
