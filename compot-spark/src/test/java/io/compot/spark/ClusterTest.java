package io.compot.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.Compression;
import io.compot.method.CompressionMethod;
import io.compot.method.Need;
import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import io.compot.recipe.Methods;
import io.compot.setting.Schema;
import io.compot.testing.TimelessFiles;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two workers, one executor each, the bundled model. */
@Tag("reliability")
class ClusterTest {

  private static final Path DEMO = Path.of("..", "demo").toAbsolutePath().normalize();

  @TempDir private static Path logs;
  private static Cluster cluster;

  @TempDir private Path folder;

  @BeforeAll
  static void start() throws Exception {
    cluster = Cluster.start(logs, 2);
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
  }

  static List<String> methods() {
    return Methods.all().stream()
        .map(Schema::standard)
        .map(CompressionMethod.class::cast)
        .filter(method -> !method.needs(Need.MODEL))
        .map(CompressionMethod::name)
        .toList();
  }

  private static Compression compression(String method) throws Exception {
    return Compression.of(DEMO.resolve("model"))
        .method(method)
        .quick()
        .ratio(0.3)
        .samples(64)
        .calibration(DEMO.resolve("calibration.txt"));
  }

  /** An executor is killed in the middle: the other one and its successor go on. */
  @ParameterizedTest
  @MethodSource("methods")
  void bytesOfOneMachineThoughAnExecutorDies(String method) throws Exception {
    Path alone = folder.resolve("alone");
    compression(method).output(alone).run();
    Path together = folder.resolve("together");
    var killed = new AtomicInteger();
    ProgressListener killing =
        event -> {
          if (event instanceof Progress.LayerFinished && killed.get() == 0) {
            var executor = cluster.executors().getFirst();
            executor.destroyForcibly();
            killed.incrementAndGet();
          }
        };
    try (var context = new JavaSparkContext(cluster.conf())) {
      SparkCompression.on(context, compression(method).listener(killing).output(together)).run();
    }
    assertThat(killed).hasValue(1);
    assertThat(TimelessFiles.of(together)).isEqualTo(TimelessFiles.of(alone));
  }

  /** The process that leads the work is killed; the next one goes on. */
  @Test
  void aKilledDriverResumes() throws Exception {
    Path alone = folder.resolve("alone");
    compression("sparsegpt").output(alone).run();
    Path together = folder.resolve("together");
    String[] arguments = {
      DEMO.resolve("model").toString(),
      "--output",
      together.toString(),
      "--method",
      "sparsegpt",
      "--quick",
      "--ratio",
      "0.3",
      "--samples",
      "64",
      "--calibration",
      DEMO.resolve("calibration.txt").toString()
    };
    Process first = cluster.launch("driver1", Compress.class.getName(), arguments);
    Path journal = folder.resolve(".together.compot-work").resolve("journal.jsonl");
    while (!Files.exists(journal) || !Files.readString(journal).contains("factors/")) {
      if (!first.isAlive()) {
        throw new AssertionError(Files.readString(cluster.log("driver1")));
      }
      Thread.sleep(20);
    }
    first.destroyForcibly().waitFor();
    assertThat(together).doesNotExist();
    Process second = cluster.launch("driver2", Compress.class.getName(), arguments);
    assertThat(second.waitFor(5, TimeUnit.MINUTES)).isTrue();
    assertThat(second.exitValue()).as(Files.readString(cluster.log("driver2"))).isZero();
    assertThat(Files.readString(cluster.log("driver2"))).contains("resumed: ");
    assertThat(TimelessFiles.of(together)).isEqualTo(TimelessFiles.of(alone));
  }
}
