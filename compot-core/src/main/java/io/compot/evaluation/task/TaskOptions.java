package io.compot.evaluation.task;

import io.compot.error.UsageException;
import java.util.OptionalDouble;
import java.util.OptionalInt;

/**
 * How to run tasks.
 *
 * @param shots examples before each document
 * @param limit documents of each task, the first ones; below 1 it is a fraction of them, rounded
 *     up, as the harness has it; empty: all
 * @param batchTokens most tokens that go through the model together
 * @param maxLength longest input in tokens; empty: the model's context
 * @param bootstrap resamples of the standard error of perplexities; the harness takes 100000
 * @param seed of the few-shot draw; the harness takes 1234
 */
public record TaskOptions(
    int shots,
    OptionalDouble limit,
    int batchTokens,
    OptionalInt maxLength,
    int bootstrap,
    long seed) {

  /** Zero-shot, everything, as the harness does it. */
  public static TaskOptions defaults() {
    return new TaskOptions(0, OptionalDouble.empty(), 4096, OptionalInt.empty(), 100_000, 1234);
  }

  public TaskOptions withShots(int count) {
    return new TaskOptions(count, limit, batchTokens, maxLength, bootstrap, seed);
  }

  /** So many documents of each task, or a fraction of them below 1. */
  public TaskOptions withLimit(double documents) {
    return new TaskOptions(
        shots, OptionalDouble.of(documents), batchTokens, maxLength, bootstrap, seed);
  }

  public TaskOptions withBatchTokens(int tokens) {
    return new TaskOptions(shots, limit, tokens, maxLength, bootstrap, seed);
  }

  public TaskOptions withMaxLength(int tokens) {
    return new TaskOptions(shots, limit, batchTokens, OptionalInt.of(tokens), bootstrap, seed);
  }

  public TaskOptions withBootstrap(int resamples) {
    return new TaskOptions(shots, limit, batchTokens, maxLength, resamples, seed);
  }

  void check() throws UsageException {
    if (shots < 0) {
      throw new UsageException("shots %d: give 0 or more".formatted(shots));
    }
    double most = limit.orElse(1);
    if (!(most > 0) || Double.isInfinite(most) || (most >= 1 && most != Math.rint(most))) {
      throw new UsageException(
          "limit %s: give a number of documents, or a fraction of them below 1".formatted(most));
    }
    if (batchTokens < 1) {
      throw new UsageException("batch of %d tokens: give 1 or more".formatted(batchTokens));
    }
  }

  /** Of so many documents, how many are measured. */
  public int of(int documents) {
    double most = limit.orElse(documents);
    return (int) Math.min(documents, most < 1 ? Math.ceil(documents * most) : most);
  }
}
