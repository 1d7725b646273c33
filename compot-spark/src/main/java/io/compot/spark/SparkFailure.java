package io.compot.spark;

import io.compot.error.FailureException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One line out of what Spark says of a job that failed. */
final class SparkFailure {

  private static final Pattern TIMES = Pattern.compile("failed (\\d+) times");
  private static final String LOST = "ExecutorLostFailure";

  private SparkFailure() {}

  /**
   * The error as users should see it.
   *
   * @param what was being done
   */
  static FailureException of(String what, Exception thrown) {
    String spark = "";
    for (Throwable each = thrown; each != null; each = each.getCause()) {
      String message = String.valueOf(each.getMessage());
      if (each instanceof SparkTask.Failed) {
        return new FailureException("%s: %s%s".formatted(what, message, times(spark)), thrown);
      }
      if (spark.isEmpty() && !(each instanceof java.util.concurrent.ExecutionException)) {
        spark = message;
      }
    }
    String first = spark.lines().findFirst().orElse("no details");
    return new FailureException(
        "%s: %s%s".formatted(what, first, first.contains(LOST) ? memory() : ""), thrown);
  }

  private static String times(String spark) {
    Matcher times = TIMES.matcher(spark);
    return times.find() ? " (tried %s times)".formatted(times.group(1)) : "";
  }

  private static String memory() {
    return "; if executors were killed for memory, give them more spark.executor.memoryOverhead:"
        + " the matrices lie outside of the Java heap (docs/cluster.md)";
  }
}
