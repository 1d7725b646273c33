package io.compot.pipeline.task;

import io.compot.error.CompotException;
import io.compot.progress.StopRequest;
import java.util.List;

/**
 * Other processes that do tasks, wherever they are: all of them see the model's folder and the
 * folder of the work under the paths that this process has for them, and run {@link
 * io.compot.pipeline.crew.CrewWorker#perform}. With a crew or without one, the bytes are the same.
 */
public interface Crew {

  /** Hears what tasks have given, as they are done, in the thread that waits for them. */
  @FunctionalInterface
  interface Results {
    /**
     * One task is done.
     *
     * @param task its place in the list
     * @param result what its worker gave
     */
    void accept(int task, String result) throws CompotException;
  }

  /**
   * Has tasks done, in any order, and returns when all are.
   *
   * @param what they are, for people
   * @param tasks as {@link CrewTask#json} writes them; none depends on another
   * @param stop asked all the time; tasks that are still at work are then given up
   * @throws CompotException where one of them cannot be done, saying why; results that came before
   *     have been heard
   */
  void run(String what, List<String> tasks, StopRequest stop, Results results)
      throws CompotException;
}
