package io.compot.benchmarks;

import io.compot.error.CompotException;
import io.compot.export.gguf.GgufExport;
import io.compot.progress.ProgressListener;
import io.compot.setting.Refused;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Map;

/**
 * A model in half precision as a GGUF file, against the copy of its weights: both forced to disk,
 * in turns.
 *
 * <pre>{@code
 * java -cp … io.compot.benchmarks.GgufCopyBenchmark MODEL FOLDER [ROUNDS]
 * }</pre>
 *
 * <p>FOLDER takes three files of the model's size.
 */
public final class GgufCopyBenchmark {

  private GgufCopyBenchmark() {}

  /**
   * Runs it.
   *
   * @param arguments a model, a folder, and how many rounds if not 5
   */
  public static void main(String[] arguments) throws CompotException, IOException {
    Path model = Path.of(arguments[0]);
    Path folder = Path.of(arguments[1]);
    int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 5;
    // What is copied is of the same type and size as what is written.
    Path source = folder.resolve("source.gguf");
    export(model, source);
    double[] copies = new double[rounds];
    double[] exports = new double[rounds];
    double[] conversions = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      var watch = new Stopwatch();
      copy(source, folder.resolve("copy.gguf"));
      copies[round] = watch.elapsed().clock();
      watch = new Stopwatch();
      export(source, folder.resolve("again.gguf"));
      exports[round] = watch.elapsed().clock();
      watch = new Stopwatch();
      export(model, folder.resolve("again.gguf"));
      conversions[round] = watch.elapsed().clock();
    }
    System.out.printf(
        "%,d bytes; medians of %d rounds: copy %.2f s, F16 to F16 %.2f s (%.2f of the copy),"
            + " the model's type to F16 %.2f s (%.2f)%n",
        Files.size(source),
        rounds,
        median(copies),
        median(exports),
        median(exports) / median(copies),
        median(conversions),
        median(conversions) / median(copies));
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    try (var channel = FileChannel.open(to, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  private static void export(Path model, Path to) throws CompotException {
    GgufExport format;
    try {
      format = GgufExport.SCHEMA.of(Map.of("type", "f16", "tokenizer", "without"));
    } catch (Refused e) {
      throw new IllegalArgumentException(e);
    }
    format.write(model, to, true, ProgressListener.none());
  }

  private static double median(double[] seconds) {
    double[] sorted = seconds.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
