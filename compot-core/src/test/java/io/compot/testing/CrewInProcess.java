package io.compot.testing;

import io.compot.error.CompotException;
import io.compot.pipeline.crew.CrewWorker;
import io.compot.pipeline.task.Crew;
import io.compot.progress.StopRequest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** A crew of one thread that does tasks in any order but theirs, and some of them twice. */
public final class CrewInProcess implements Crew {

  private final Random random = new Random(3);
  private final List<String> kinds = new ArrayList<>();

  @Override
  public void run(String what, List<String> tasks, StopRequest stop, Results results)
      throws CompotException {
    kinds.add(what);
    List<Integer> order = new ArrayList<>(IntStream.range(0, tasks.size()).boxed().toList());
    Collections.shuffle(order, random);
    for (int each : order) {
      stop.check();
      String result = CrewWorker.perform(tasks.get(each));
      if (random.nextInt(4) == 0) {
        result = CrewWorker.perform(tasks.get(each));
      }
      results.accept(each, result);
    }
  }

  /** What it was asked for. */
  public List<String> kinds() {
    return kinds;
  }
}
