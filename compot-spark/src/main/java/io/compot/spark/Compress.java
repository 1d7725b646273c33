package io.compot.spark;

import io.compot.cli.CompressProgram;
import io.compot.error.UsageException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * {@code compot compress} for {@code spark-submit}: the same options and recipes, the same output,
 * made by a cluster.
 */
public final class Compress {

  /** A task that failed so often fails the job, unless the cluster's settings say otherwise. */
  private static final String FAILURES = "3";

  private Compress() {}

  /** Runs it and exits with its code. */
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  /** Runs it; the exit codes are those of the command. */
  static int run(String... arguments) {
    var begun = new AtomicReference<JavaSparkContext>();
    try {
      return CompressProgram.run(
          "spark-submit --class io.compot.spark.Compress compot-spark.jar",
          compression -> {
            var context = context();
            begun.set(context);
            return SparkCompression.on(context, compression);
          },
          arguments);
    } finally {
      JavaSparkContext context = begun.get();
      if (context != null) {
        context.close();
      }
    }
  }

  private static JavaSparkContext context() throws UsageException {
    var conf =
        new SparkConf()
            .setIfMissing("spark.app.name", "compot compress")
            .setIfMissing("spark.task.maxFailures", FAILURES);
    if (!conf.contains("spark.master")) {
      throw new UsageException(
          "no cluster is named; start this with spark-submit --master URL (docs/cluster.md)");
    }
    return new JavaSparkContext(conf);
  }
}
