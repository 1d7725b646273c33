package io.compot.evaluation.result;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.error.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ComparisonTest {

  @TempDir private Path folder;

  private Path file(String name, String metric, double value, double[] samples, String weights)
      throws Exception {
    String list =
        DoubleStream.of(samples).mapToObj(Double::toString).collect(Collectors.joining(","));
    return Files.writeString(
        folder.resolve(name),
        """
        {"results": [{"name": "t", "metric": "%s", "value": %s, "samples": [%s]%s}]}
        """
            .formatted(metric, value, list, weights));
  }

  @Test
  void pairedErrorOfAnAccuracyByHand() throws Exception {
    Path a = file("a", "acc", 0.5, new double[] {1, 0, 1, 0}, "");
    Path b = file("b", "acc", 0.75, new double[] {1, 1, 1, 0}, "");
    Comparison comparison = Comparison.of(a, b).getFirst();
    assertThat(comparison.difference()).isEqualTo(0.25);
    // Differences 0, 1, 0, 0: s = 0.5, over the root of 4.
    assertThat(comparison.standardError()).isCloseTo(0.25, within(1e-12));
    assertThat(comparison.significant()).isFalse();
  }

  @Test
  void groupsArePairedLikeOneTask() throws Exception {
    Path a = file("a", "acc", 0.5, new double[] {1, 0, 1, 0, 1, 0, 1, 0}, "");
    Path b = file("b", "acc", 1, new double[] {1, 1, 1, 1, 1, 1, 1, 1}, "");
    Comparison comparison = Comparison.of(a, b).getFirst();
    // Differences 0, 1, ...: s² = 8 · 0.25 / 7, over 8.
    assertThat(comparison.standardError()).isCloseTo(Math.sqrt(2.0 / 7 / 8), within(1e-12));
    assertThat(comparison.significant()).isTrue();
  }

  @Test
  void saysWhatWasMeasuredInAnotherWay() throws Exception {
    double[] samples = {1, 0};
    Path a = file("a.json", "acc", 0.5, samples, ", \"protocol\": {\"version\": \"1.0\"}");
    Path b = file("b.json", "acc", 0.5, samples, ", \"protocol\": {\"version\": \"2.0\"}");
    assertThatThrownBy(() -> Comparison.of(a, b))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("b.json: t acc: not measured as in")
        .hasMessageContaining("version: \"1.0\" and \"2.0\"");
    Path moved = file("m.json", "acc", 0.5, samples, ", \"protocol\": {\"files\": {\"x\": \"1\"}}");
    Path there = file("n.json", "acc", 0.5, samples, ", \"protocol\": {\"files\": {\"y\": \"1\"}}");
    assertThat(Comparison.of(moved, there).getFirst().incomparable()).isNull();
    Path shorter = file("c.json", "acc", 0.5, new double[] {1}, "");
    Path plain = file("p.json", "acc", 0.5, samples, "");
    assertThatThrownBy(() -> Comparison.of(plain, shorter))
        .hasMessageContaining("samples: 2 and 1");
  }

  @Test
  void refusesWhatIsNoResultsFile() throws Exception {
    Path good = file("good", "acc", 0.5, new double[] {1, 0}, "");
    refused(good, "{", "not valid JSON");
    refused(good, "[]", "there is no list results");
    refused(good, "{\"results\": [{}]}", "a result lacks name, metric or value");
    refused(good, "{\"results\": []}", "no figure in common");
    refused(
        good,
        "{\"results\": [{\"name\": \"t\", \"metric\": \"acc\", \"value\": 1, \"samples\": [\"x\"]}]}",
        "samples that are no numbers");
    assertThatThrownBy(() -> Comparison.of(good, folder.resolve("none")))
        .hasMessageContaining("there is no such file");
  }

  private void refused(Path good, String json, String message) throws Exception {
    Path bad = Files.writeString(folder.resolve("bad.json"), json);
    assertThatThrownBy(() -> Comparison.of(good, bad))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("bad.json")
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  /** Against drawing document sets again and again. */
  @Test
  void errorOfAPerplexityIsWhatResamplingSays() throws Exception {
    var random = new Random(3);
    int count = 400;
    double[] a = new double[count];
    double[] b = new double[count];
    double[] weights = new double[count];
    for (int i = 0; i < count; i++) {
      weights[i] = 20 + random.nextInt(60);
      a[i] = -weights[i] * (3 + 0.3 * random.nextGaussian());
      b[i] = a[i] - weights[i] * (0.05 + 0.2 * random.nextGaussian());
    }
    String list =
        DoubleStream.of(weights).mapToObj(Double::toString).collect(Collectors.joining(","));
    String json = ", \"weights\": [" + list + "]";
    Comparison comparison =
        Comparison.of(
                file("a", "word_perplexity", perplexity(a, weights), a, json),
                file("b", "word_perplexity", perplexity(b, weights), b, json))
            .getFirst();
    double sum = 0;
    double squares = 0;
    int draws = 4000;
    for (int draw = 0; draw < draws; draw++) {
      double[] da = new double[count];
      double[] db = new double[count];
      double[] dw = new double[count];
      for (int i = 0; i < count; i++) {
        int j = random.nextInt(count);
        da[i] = a[j];
        db[i] = b[j];
        dw[i] = weights[j];
      }
      double difference = perplexity(db, dw) - perplexity(da, dw);
      sum += difference;
      squares += difference * difference;
    }
    double resampled = Math.sqrt(squares / draws - sum / draws * (sum / draws));
    assertThat(comparison.standardError()).isCloseTo(resampled, within(0.1 * resampled));
    assertThat(comparison.significant()).isTrue();
  }

  private static double perplexity(double[] values, double[] weights) {
    return Math.exp(-DoubleStream.of(values).sum() / DoubleStream.of(weights).sum());
  }
}
