package io.compot.spark;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.pipeline.task.Crew;
import io.compot.progress.StopRequest;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaFutureAction;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.CollectionAccumulator;

/** Executors as a crew: a Spark job for each list of tasks, a partition for each task. */
record SparkCrew(JavaSparkContext context) implements Crew {

  private static final long POLL_MILLISECONDS = 100;

  @Override
  public void run(String what, List<String> tasks, StopRequest stop, Results results)
      throws CompotException {
    CollectionAccumulator<SparkTask.Done> done;
    JavaFutureAction<Void> job;
    try {
      done = context.sc().collectionAccumulator();
      context.setJobDescription("compot: " + what);
      var partitions =
          IntStream.range(0, tasks.size()).mapToObj(i -> new SparkTask(i, tasks.get(i))).toList();
      job =
          context
              .parallelize(partitions, partitions.size())
              .foreachAsync(task -> done.add(task.perform()));
    } catch (RuntimeException e) {
      throw SparkFailure.of(what, e);
    }
    var heard = new BitSet();
    boolean whole = false;
    try {
      boolean over = false;
      while (!over) {
        over = over(what, job);
        hear(done, heard, results);
        stop.check();
      }
      whole = true;
    } finally {
      if (!whole) {
        job.cancel(true);
      }
    }
    if (heard.cardinality() != tasks.size()) {
      throw new FailureException(
          "%s: Spark says that all is done, but of %d tasks %d gave nothing; run again"
              .formatted(what, tasks.size(), tasks.size() - heard.cardinality()));
    }
  }

  /** Waits a moment for the job; what failed is told only after what was done has been heard. */
  private static boolean over(String what, JavaFutureAction<Void> job) throws FailureException {
    try {
      job.get(POLL_MILLISECONDS, TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException _) {
      return false;
    } catch (ExecutionException e) {
      throw SparkFailure.of(what, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FailureException(what + ": interrupted; the same call goes on", e);
    }
  }

  private static void hear(
      CollectionAccumulator<SparkTask.Done> done, BitSet heard, Results results)
      throws CompotException {
    for (SparkTask.Done each : done.value()) {
      if (!heard.get(each.task())) {
        heard.set(each.task());
        results.accept(each.task(), each.result());
      }
    }
  }
}
