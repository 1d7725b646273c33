package io.compot.pipeline.task;

import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.method.CompressionMethod;
import io.compot.progress.StopRequest;
import java.util.List;

/**
 * A crew at work on one model.
 *
 * @param premises of all its tasks
 */
public record CrewJob(Crew crew, Premises premises) {

  /** Hears what tasks have given. */
  @FunctionalInterface
  public interface Done<T, R> {
    /**
     * One task is done.
     *
     * @param place in the list
     */
    void accept(int place, T task, R result) throws CompotException;
  }

  /** Has tasks done; see {@link Crew#run}. */
  public <R, T extends CrewTask<R>> void run(
      String what, List<T> tasks, StopRequest stop, Done<? super T, ? super R> done)
      throws CompotException {
    if (tasks.isEmpty()) {
      return;
    }
    crew.run(
        what,
        tasks.stream().map(CrewTask::json).toList(),
        stop,
        (place, result) -> {
          T task = tasks.get(place);
          done.accept(place, task, task.result(result));
        });
  }

  /**
   * Refuses a method that is more than its settings say, which is all that others hear of it.
   *
   * @return the method
   */
  public static CompressionMethod sendable(CompressionMethod method) throws UsageException {
    String json = CrewTask.Json.MAPPER.writeValueAsString(method);
    var back = CrewTask.Json.MAPPER.readValue(json, CompressionMethod.class);
    if (!back.equals(method)) {
      throw new UsageException(
          "method %s holds more than its settings say, and cannot be sent to other processes; compress on one machine"
              .formatted(method.name()));
    }
    return method;
  }
}
