package io.compot.evaluation.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.evaluation.request.Score;
import io.compot.evaluation.result.Measurement;
import io.compot.evaluation.result.TaskProtocol;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class MetricTest {

  private static List<Sample> samples(double... values) {
    return DoubleStream.of(values).mapToObj(Sample::of).toList();
  }

  @Test
  void meanAndItsErrorAreTheHarnesss() {
    List<Sample> samples = samples(1, 0, 0, 1, 1, 0, 1);
    assertThat(Metric.ACC.aggregate(samples)).isEqualTo(4.0 / 7);
    assertThat(Metric.ACC.standardError(samples, 0).getAsDouble())
        .isCloseTo(0.20203050891044214, within(1e-15));
    assertThat(Metric.ACC.standardError(samples(1), 0)).isEmpty();
  }

  /** Figures of the harness's bootstrap under CPython: three chunks of 1000. */
  @Test
  void perplexityAndItsBootstrapAreTheHarnesss() {
    List<Sample> samples = samples(-1.5, -0.2, -3.0, -0.7, -2.2);
    assertThat(Metric.PERPLEXITY.aggregate(samples)).isCloseTo(4.572225195142159, within(1e-12));
    assertThat(Metric.PERPLEXITY.standardError(samples, 3000).getAsDouble())
        .isCloseTo(2.445644027135748, within(1e-9));
  }

  @Test
  void weightedPerplexities() {
    List<Sample> samples = List.of(new Sample(-10, 4), new Sample(-2, 2));
    assertThat(Metric.WORD_PERPLEXITY.aggregate(samples)).isCloseTo(Math.exp(2), within(1e-12));
    assertThat(Metric.BITS_PER_BYTE.aggregate(samples)).isCloseTo(2 / Math.log(2), within(1e-12));
    assertThat(Metric.WORD_PERPLEXITY.standardError(samples, 1000)).isEmpty();
  }

  /** The harness's published table of the 19 STEM subjects, 10 documents each. */
  @Test
  void groupsWeighByDocuments() {
    double[] stem = {.2, .3, .1, .3, .1, .2, .2, .3, .5, .3, .4, 0, .3, .4, .3, .2, .3, 0, .3};
    List<Measurement> tasks = new ArrayList<>();
    for (int i = 0; i < stem.length; i++) {
      tasks.add(measurement("mmlu_" + i, stem[i], 10, null));
    }
    List<String> names = tasks.stream().map(Measurement::name).toList();
    Measurement group = GroupSummary.of("mmlu_stem", names, tasks);
    assertThat(group.value()).isCloseTo(0.2474, within(5e-5));
    assertThat(group.standardError()).isNull();
    assertThat(group.documents()).isEqualTo(190);
    assertThat(group.chance()).isEqualTo(0.25);
  }

  @Test
  void groupErrorIsPooled() {
    List<Measurement> tasks =
        List.of(
            measurement("a", 0, 10, .1), measurement("b", 1, 30, .05), measurement("c", 0, 7, .2));
    Measurement group = GroupSummary.of("g", List.of("a", "b", "c"), tasks);
    assertThat(group.value()).isCloseTo(30.0 / 47, within(1e-15));
    assertThat(group.standardError()).isCloseTo(0.04795125668226146, within(1e-12));
  }

  private static Measurement measurement(
      String name, double value, int documents, @Nullable Double error) {
    var protocol =
        new TaskProtocol("", "1", "test", Map.of(), 0, 0, 0, 0, 0, 0, 0, false, "F32", 0);
    return new Measurement(
        name, "acc", value, error, true, 0.25, documents, protocol, List.of(), List.of());
  }

  private static List<Score> scores(double... logLikelihoods) {
    return DoubleStream.of(logLikelihoods).mapToObj(ll -> new Score(ll, false, false)).toList();
  }

  @Test
  void tiesGoToTheFirstChoice() {
    var document = new Document.MultipleChoice("q", List.of("a", "b"), 0);
    assertThat(Judgement.of(Metric.ACC, document, scores(-1, -1)).value()).isEqualTo(1);
    var second = new Document.MultipleChoice("q", List.of("a", "b"), 1);
    assertThat(Judgement.of(Metric.ACC, second, scores(-1, -1)).value()).isEqualTo(0);
  }

  @Test
  void normalisesByCharactersAndByBytes() {
    // -6/3 characters beats -5/2; in bytes -5/4 beats -6/3.
    var document = new Document.MultipleChoice("q", List.of("abc", "éé"), 1);
    List<Score> scores = scores(-6, -5);
    assertThat(Judgement.of(Metric.ACC, document, scores).value()).isEqualTo(1);
    assertThat(Judgement.of(Metric.ACC_NORM, document, scores).value()).isEqualTo(0);
    assertThat(Judgement.of(Metric.ACC_BYTES, document, scores).value()).isEqualTo(1);
  }

  @Test
  void emptyChoicesAreWorst() {
    var document = new Document.MultipleChoice("q", List.of("", "a"), 1);
    assertThat(Judgement.of(Metric.ACC_NORM, document, scores(-1, -9)).value()).isEqualTo(1);
    assertThat(Judgement.firstLargest(new double[] {1, Double.NaN, 2})).isEqualTo(1);
    assertThat(Judgement.firstLargest(new double[] {Double.NEGATIVE_INFINITY, -3})).isEqualTo(1);
  }
}
