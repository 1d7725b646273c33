package io.compot.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.testing.SharedData;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SamplerTest {

  private static final TokenCounts NOTHING = new TokenCounts();

  /** What transformers keeps of the same logits. */
  @TestFactory
  Stream<DynamicTest> keepsWhatTransformersKeeps() {
    Path file = SharedData.path("chat/goldens/sampling.json");
    JsonNode all = new JsonMapper().readTree(file.toFile());
    long[] context = all.get("context_ids").valueStream().mapToLong(JsonNode::longValue).toArray();
    List<JsonNode> cases = List.copyOf(all.get("cases").values());
    assertThat(cases).hasSizeGreaterThan(40);
    return cases.stream()
        .map(one ->
            DynamicTest.dynamicTest(
                one.get("id").stringValue() + " " + one.get("settings"),
                () ->
                    check(
                        one,
                        logits(all.get("logits").get(one.get("logits").stringValue())),
                        context)));
  }

  private static void check(JsonNode one, float[] logits, long[] context) {
    JsonNode s = one.get("settings");
    var settings =
        new SamplingSettings(
            Map.of(),
            s.path("repetition_penalty").asDouble(1),
            s.path("presence_penalty").asDouble(0),
            s.path("frequency_penalty").asDouble(0),
            s.path("temperature").asDouble(1),
            s.path("top_k").asInt(0),
            s.path("top_p").asDouble(1),
            s.path("min_p").asDouble(0),
            1);
    var distribution = new Sampler(settings, 0).distribution(logits, TokenCounts.of(context));
    int[] kept = one.get("kept").valueStream().mapToInt(JsonNode::intValue).toArray();
    double[] expected = one.get("probs").valueStream().mapToDouble(JsonNode::doubleValue).toArray();
    if (Arrays.stream(expected).distinct().count() == 1) {
      assertThat(distribution.tokens()).hasSameSizeAs(kept); // which of equal ones is not told
    } else {
      assertThat(distribution.tokens()).containsExactly(kept);
    }
    for (int i = 0; i < expected.length; i++) {
      assertThat(distribution.probabilities()[i])
          .isCloseTo(expected[i], within(1e-9 * Math.max(expected[i], 1e-3)));
    }
  }

  private static float[] logits(JsonNode node) {
    float[] logits = new float[node.size()];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = node.get(i).isNull() ? Float.NEGATIVE_INFINITY : node.get(i).floatValue();
    }
    return logits;
  }

  /** The nucleus by sorting everything, on vocabularies of a real size. */
  @Test
  void findsTheNucleusWithoutSortingTheVocabulary() {
    var random = new SplittableRandom(5);
    for (double p : new double[] {0.01, 0.3, 0.9, 0.999999}) {
      float[] logits = new float[20_000];
      for (int i = 0; i < logits.length; i++) {
        logits[i] = (float) (random.nextGaussian() * 4);
      }
      double[] weights = new double[logits.length];
      for (int i = 0; i < logits.length; i++) {
        weights[i] = Math.exp(logits[i]);
      }
      double sum = Arrays.stream(weights).sum();
      int[] order =
          IntStream.range(0, weights.length)
              .boxed()
              .sorted((a, b) -> Double.compare(weights[b], weights[a]))
              .mapToInt(Integer::intValue)
              .toArray();
      int size = 0;
      for (double reached = 0; reached < p * sum; size++) {
        reached += weights[order[size]];
      }
      int[] expected = Arrays.stream(order, 0, size).sorted().toArray();
      var settings = new SamplingSettings(Map.of(), 1, 0, 0, 1, 0, p, 0, 1);
      assertThat(new Sampler(settings, 0).distribution(logits, NOTHING).tokens())
          .containsExactly(expected);
    }
  }

  /** Entropy of (1/2, 1/4, 1/8, 1/8) is 1.75 bits: the second's 2 bits are nearest to it. */
  @Test
  void keepsWhatIsTypical() {
    float[] logits = {(float) Math.log(4), (float) Math.log(2), 0, 0};
    assertThat(typical(logits, 0.2).tokens()).containsExactly(1);
    assertThat(typical(logits, 0.3).tokens()).containsExactly(0, 1);
    assertThat(typical(logits, 0.8).tokens()).containsExactly(0, 1, 2, 3);
  }

  private static Distribution typical(float[] logits, double p) {
    return new Sampler(new SamplingSettings(Map.of(), 1, 0, 0, 1, 0, 1, 0, p), 0)
        .distribution(logits, NOTHING);
  }

  @Test
  void biasBansAndForces() {
    float[] logits = {1, 2, 3};
    assertThat(biased(Map.of(2, -100.0)).choose(logits, NOTHING)).isEqualTo(1);
    assertThat(biased(Map.of(0, 100.0, 99, 5.0)).choose(logits, NOTHING)).isZero();
  }

  private static Sampler biased(Map<Integer, Double> bias) {
    return new Sampler(new SamplingSettings(bias, 1, 0, 0, 0, 0, 1, 0, 1), 0);
  }

  @Test
  void ordersByValue() {
    var random = new SplittableRandom(3);
    for (int size : new int[] {1, 2, 3, 10, 1000, 4097}) {
      double[] values = random.doubles(size).map(v -> Math.rint(v * 50)).toArray();
      double[] sorted = values.clone();
      Arrays.sort(sorted);
      for (int k : new int[] {1, (size + 1) / 2, size}) {
        assertThat(Selection.largest(values.clone(), k)).isEqualTo(sorted[size - k]);
      }
      int[] order = Selection.ascending(values);
      for (int i = 0; i < size; i++) {
        assertThat(values[order[i]]).isEqualTo(sorted[i]);
        assertThat(i == 0 || values[order[i - 1]] < values[order[i]] || order[i - 1] < order[i])
            .isTrue();
      }
    }
  }

  @Test
  void tellsTheMostLikelyTokens() {
    float[] logits = {1, 3, 3, 0, Float.NEGATIVE_INFINITY};
    double normaliser = LogProbabilities.normaliser(logits);
    assertThat(normaliser).isCloseTo(Math.log(Math.E + 2 * Math.exp(3) + 1), within(1e-12));
    assertThat(LogProbabilities.top(logits, 3, normaliser))
        .extracting(LogProbabilities.Scored::token)
        .containsExactly(1, 2, 0);
    assertThat(LogProbabilities.top(logits, 0, normaliser)).isEmpty();
    assertThat(LogProbabilities.top(logits, 9, normaliser)).hasSize(5);
  }

  @Test
  void refusesSettingsThatMakeNoSense() {
    assertThatThrownBy(() -> new SamplingSettings(Map.of(), 0, 0, 0, 1, 0, 1, 0, 1))
        .hasMessageContaining("repetition");
    assertThatThrownBy(() -> new SamplingSettings(Map.of(), 1, 0, 0, Double.NaN, 0, 1, 0, 1))
        .hasMessageContaining("temperature");
    assertThatThrownBy(() -> new SamplingSettings(Map.of(), 1, 0, 0, 1, 0, 0, 0, 1))
        .hasMessageContaining("top-p");
  }
}
