package io.compot.evaluation.task;

import io.compot.error.UsageException;
import java.util.OptionalInt;

/**
 * How to run tasks.
 *
 * @param shots examples before each document
 * @param limit documents of each task, the first ones; empty: all
 * @param batchTokens most tokens that go through the model together
 * @param maxLength longest input in tokens; empty: the model's context
 * @param bootstrap resamples of the standard error of perplexities; the harness takes 100000
 * @param seed of the few-shot draw; the harness takes 1234
 */
public record TaskOptions(
    int shots,
    OptionalInt limit,
    int batchTokens,
    OptionalInt maxLength,
    int bootstrap,
    long seed) {

  /** Zero-shot, everything, as the harness does it. */
  public static TaskOptions defaults() {
    return new TaskOptions(0, OptionalInt.empty(), 4096, OptionalInt.empty(), 100_000, 1234);
  }

  public TaskOptions withShots(int count) {
    return new TaskOptions(count, limit, batchTokens, maxLength, bootstrap, seed);
  }

  public TaskOptions withLimit(int documents) {
    return new TaskOptions(
        shots, OptionalInt.of(documents), batchTokens, maxLength, bootstrap, seed);
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
    if (limit.isPresent() && limit.getAsInt() < 1) {
      throw new UsageException("limit %d: give 1 or more".formatted(limit.getAsInt()));
    }
    if (batchTokens < 1) {
      throw new UsageException("batch of %d tokens: give 1 or more".formatted(batchTokens));
    }
  }
}
