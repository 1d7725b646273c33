package io.compot.generation.batch;

/**
 * What a {@link Batch} is at.
 *
 * @param waiting jobs that wait for room
 * @param reading prompts being read
 * @param writing texts in the making
 * @param reservedBytes of caches that these may come to need
 * @param keptBytes of caches that are kept for later
 * @param keptSequences how many those are
 */
public record BatchState(
    int waiting, int reading, int writing, long reservedBytes, long keptBytes, int keptSequences) {

  /** Nothing at all. */
  public static BatchState idle() {
    return new BatchState(0, 0, 0, 0, 0, 0);
  }

  /** The same with another number of waiting jobs. */
  public BatchState withWaiting(int jobs) {
    return new BatchState(jobs, reading, writing, reservedBytes, keptBytes, keptSequences);
  }
}
