package io.compot.benchmarks;

import io.compot.Computation;
import io.compot.SpeechModel;
import io.compot.Transcript;
import io.compot.TranscriptionOptions;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Our side of {@code peers/transcribe.py}: loads a model once, says so, and, for each line that it
 * is given, writes down a file of sound and prints the seconds that this took, a tab, and the text.
 *
 * <pre>{@code
 * peers/.venv/bin/python peers/transcribe.py MODEL AUDIO ROUNDS \
 *   java -cp … io.compot.benchmarks.TranscribeBenchmark
 * }</pre>
 */
public final class TranscribeBenchmark {

  private TranscribeBenchmark() {}

  /**
   * Runs it until its input ends.
   *
   * @param arguments the model's folder and a file of sound
   */
  public static void main(String[] arguments) throws Exception {
    Path audio = Path.of(arguments[1]);
    var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    try (SpeechModel model = SpeechModel.load(Path.of(arguments[0]), Computation.named("f32"))) {
      System.out.println("ready");
      while (lines.readLine() != null) {
        long start = System.nanoTime();
        Transcript text =
            model.transcribe(
                audio,
                TranscriptionOptions.defaults(),
                ProgressListener.none(),
                StopRequest.never());
        System.out.printf("%.4f\t%s%n", (System.nanoTime() - start) * 1e-9, text.text().strip());
      }
    }
  }
}
