package io.compot.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.Compression;
import io.compot.error.FailureException;
import io.compot.error.StoppedException;
import io.compot.progress.StopRequest;
import io.compot.testing.SmallDemo;
import io.compot.testing.TimelessFiles;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Spark in this process, with two threads for tasks. */
class SparkCompressionTest {

  private static JavaSparkContext context;

  @TempDir private Path folder;

  @BeforeAll
  static void start() {
    context =
        new JavaSparkContext(
            new SparkConf()
                .setMaster("local[2,3]")
                .setAppName("test")
                .set("spark.ui.enabled", "false")
                .set("spark.driver.bindAddress", "127.0.0.1")
                .set("spark.driver.host", "127.0.0.1"));
  }

  @AfterAll
  static void stop() {
    context.close();
  }

  /** What was given up is at work for a moment longer. */
  @AfterEach
  void settle() throws Exception {
    while (Stream.of(context.sc().statusTracker().getExecutorInfos())
        .anyMatch(each -> each.numRunningTasks() > 0)) {
      Thread.sleep(20);
    }
  }

  private static Compression compression(String method, String allocation) throws Exception {
    return Compression.of(SmallDemo.model())
        .method(method)
        .allocation(allocation)
        .quick()
        .ratio(0.3)
        .length(128)
        .allSamples()
        .calibration(SmallDemo.text());
  }

  @Test
  void bytesOfOneMachine() throws Exception {
    bytesOfOneMachine("compot", "pooled");
  }

  /** The long form; on a cluster all methods are tried. */
  @Tag("reliability")
  @ParameterizedTest
  @CsvSource({"svd-llm, pooled", "wanda, uniform"})
  void bytesOfOneMachine(String method, String allocation) throws Exception {
    Path alone = folder.resolve("alone");
    compression(method, allocation).output(alone).run();
    Path together = folder.resolve("together");
    SparkCompression.on(context, compression(method, allocation).output(together)).run();
    assertThat(TimelessFiles.of(together)).isEqualTo(TimelessFiles.of(alone));
  }

  @Test
  void whatFailsThreeTimesIsOneLine() {
    var crew = new SparkCrew(context);
    assertThatThrownBy(() -> crew.run("sums", List.of("{}"), StopRequest.never(), (_, _) -> {}))
        .isInstanceOf(FailureException.class)
        .hasMessageStartingWith("sums: a task cannot be read (")
        .hasMessageEndingWith("(tried 3 times)")
        .message()
        .doesNotContain("\n");
  }

  @Test
  void stopsWhenAsked() throws Exception {
    var asked = new AtomicInteger();
    Path output = folder.resolve("output");
    assertThatThrownBy(() ->
            SparkCompression.on(context, compression("svd-llm", "uniform").output(output))
                .stop(() -> asked.incrementAndGet() > 6)
                .run())
        .isInstanceOf(StoppedException.class);
    assertThat(output).doesNotExist();
    for (int i = 0; i < 500 && context.statusTracker().getActiveJobIds().length > 0; i++) {
      Thread.sleep(20); // Spark hears of it in a thread of its own
    }
    assertThat(context.statusTracker().getActiveJobIds()).isEmpty();
  }
}
