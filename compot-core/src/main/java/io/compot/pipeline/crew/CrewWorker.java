package io.compot.pipeline.crew;

import io.compot.error.CompotException;
import io.compot.pipeline.pass.LibraryFailure;
import io.compot.pipeline.pass.ProfileWorker;
import io.compot.pipeline.pass.WindowsWorker;
import io.compot.pipeline.task.CrewTask;
import io.compot.pipeline.task.FactoriseTask;
import io.compot.pipeline.task.ObserveTask;
import io.compot.pipeline.task.PairedTask;
import io.compot.pipeline.task.ProfileTask;
import io.compot.pipeline.task.StepTask;
import io.compot.pipeline.task.SumTask;
import io.compot.pipeline.work.FactorWorker;
import io.compot.pipeline.work.PairedWorker;
import io.compot.tensor.NativeLibraries;

/** Does tasks that another process has written. */
public final class CrewWorker {

  /** The native libraries' threads are the process's: two tasks at a time would share them. */
  private static final Object LIBRARIES = new Object();

  private CrewWorker() {}

  /**
   * Does one. In one process they are done one after the other, each with all threads that the
   * libraries have.
   *
   * @param json a task, as {@link CrewTask#json} writes it
   * @return what it gives, for {@link io.compot.pipeline.task.Crew.Results}
   * @throws CompotException naming what cannot be done
   */
  public static String perform(String json) throws CompotException {
    NativeLibraries.load();
    CrewTask<?> task = CrewTask.read(json);
    synchronized (LIBRARIES) {
      try {
        return CrewTask.written(perform(task));
      } catch (RuntimeException e) {
        throw LibraryFailure.of("a task of the work", "cannot be done", e);
      }
    }
  }

  private static Object perform(CrewTask<?> task) throws CompotException {
    return switch (task) {
      case ObserveTask observe -> WindowsWorker.run(observe);
      case SumTask sum -> WindowsWorker.run(sum);
      case PairedTask paired -> PairedWorker.run(paired);
      case StepTask step -> PairedWorker.run(step);
      case ProfileTask profile -> ProfileWorker.run(profile);
      case FactoriseTask factorise -> FactorWorker.run(factorise);
    };
  }
}
