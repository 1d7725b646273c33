package io.compot.spark;

import io.compot.Compression;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * Has the work of a compression done by a Spark cluster, with the bytes of one machine
 * (docs/cluster.md).
 *
 * <pre>{@code
 * SparkCompression.on(context, Compression.of(model).calibration(text).output(smaller)).run();
 * }</pre>
 */
public final class SparkCompression {

  private SparkCompression() {}

  /**
   * A compression whose calibration, profiles and factorisations are done by executors.
   *
   * @param context which stays the caller's. All executors see the folders of model and output
   *     under the same paths as this process, and have Compot on their class path
   * @param compression everything else of which is said already, or later
   * @return the same
   */
  public static Compression on(JavaSparkContext context, Compression compression) {
    return compression.crew(new SparkCrew(context));
  }
}
