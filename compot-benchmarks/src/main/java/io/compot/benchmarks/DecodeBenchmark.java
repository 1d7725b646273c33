package io.compot.benchmarks;

import io.compot.Generation;
import io.compot.GenerationOptions;
import io.compot.Model;
import io.compot.error.CompotException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;

/**
 * Tokens a second of whole models that answer one request, in turns, against the speed at which
 * memory gives their weight files to as many threads.
 *
 * <pre>{@code
 * java --add-modules jdk.incubator.vector -cp … io.compot.benchmarks.DecodeBenchmark ROUNDS TOKENS MODEL...
 * }</pre>
 *
 * <p>The first round warms up and does not count; nor does the prompt. A tied embedding is read
 * once a token, as output projection; of one of its own a row is, but it counts whole.
 */
public final class DecodeBenchmark {

  private static final String PROMPT = "Once upon a time there was a little girl named Lily.";

  /** More than any cache holds. */
  private static final int BUFFER_LONGS = 1 << 25;

  private DecodeBenchmark() {}

  /**
   * Runs it.
   *
   * @param arguments rounds, tokens of each, and models
   */
  public static void main(String[] arguments) throws Exception {
    int rounds = Integer.parseInt(arguments[0]);
    var options = GenerationOptions.defaults().withMaxTokens(Integer.parseInt(arguments[1]));
    List<Path> folders = Stream.of(arguments).skip(2).map(Path::of).toList();
    double bandwidth = bandwidth(Runtime.getRuntime().availableProcessors());
    System.out.printf("memory gives %.1f GB/s%n", bandwidth * 1e-9);
    List<Model> models = new ArrayList<>();
    try {
      for (Path folder : folders) {
        models.add(Model.load(folder));
      }
      double[][] speeds = new double[models.size()][rounds];
      for (int round = -1; round < rounds; round++) {
        for (int i = 0; i < models.size(); i++) {
          double speed = speed(models.get(i), options);
          if (round >= 0) {
            speeds[i][round] = speed;
          }
        }
      }
      for (int i = 0; i < models.size(); i++) {
        Arrays.sort(speeds[i]);
        double median = speeds[i][rounds / 2];
        double bytes = bytes(folders.get(i));
        System.out.printf(
            "%s: %.1f tokens/s (%.1f to %.1f), %.1f MB of weights, %.0f %% of what memory allows,"
                + " %.2f of the first's%n",
            folders.get(i),
            median,
            speeds[i][0],
            speeds[i][rounds - 1],
            bytes * 1e-6,
            100 * median * bytes / bandwidth,
            median / speeds[0][rounds / 2]);
      }
      resident();
    } finally {
      models.forEach(Model::close);
    }
  }

  private static double speed(Model model, GenerationOptions options) throws CompotException {
    Generation made = model.generate(PROMPT, options, _ -> {});
    double seconds = made.elapsed().minus(made.untilFirst()).toNanos() * 1e-9;
    return (made.tokens().size() - 1) / seconds;
  }

  private static double bytes(Path model) throws IOException {
    if (Files.isRegularFile(model)) {
      return Files.size(model);
    }
    try (Stream<Path> files = Files.list(model)) {
      return files
          .filter(file -> file.toString().endsWith(".safetensors"))
          .mapToLong(DecodeBenchmark::size)
          .sum();
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bytes a second that threads read together, the best of some times. */
  private static double bandwidth(int threads) throws Exception {
    List<Callable<Long>> readers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      long[] memory = new long[BUFFER_LONGS];
      Arrays.fill(memory, i);
      readers.add(() -> sum(memory));
    }
    double best = 0;
    try (var pool = Executors.newFixedThreadPool(threads)) {
      for (int i = 0; i < 10; i++) {
        long start = System.nanoTime();
        for (Future<Long> each : pool.invokeAll(readers)) {
          keep(each.get());
        }
        double seconds = (System.nanoTime() - start) * 1e-9;
        best = Math.max(best, (double) threads * BUFFER_LONGS * Long.BYTES / seconds);
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
    return best;
  }

  private static long sum(long[] memory) {
    long sum = 0;
    for (long each : memory) {
      sum += each;
    }
    return sum;
  }

  private static void keep(long sum) {
    if (sum == Long.MIN_VALUE) {
      System.out.println("unlikely");
    }
  }

  private static void resident() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (Files.exists(status)) {
      try (Stream<String> lines = Files.lines(status)) {
        lines.filter(line -> line.startsWith("VmRSS")).forEach(System.out::println);
      }
    }
  }
}
