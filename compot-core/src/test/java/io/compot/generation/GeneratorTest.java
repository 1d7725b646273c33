package io.compot.generation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class GeneratorTest {

  private static final long[] PROMPT = {5, 17, 80};

  private Checkpoint checkpoint;
  private CausalModel model;

  @BeforeEach
  void load() throws Exception {
    checkpoint = Checkpoint.open(Path.of(GeneratorTest.class.getResource("/golden/qwen3").toURI()));
    model = CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32));
  }

  @AfterEach
  void close() {
    model.close();
    checkpoint.close();
  }

  private Generator.Result generate(
      int tokens, double temperature, double topP, long seed, Set<Long> stops)
      throws CompotException {
    return new Generator(model)
        .generate(PROMPT, settings(tokens, temperature, topP, seed, stops), _ -> true);
  }

  private static Generator.Settings settings(
      int tokens, double temperature, double topP, long seed, Set<Long> stops) {
    return new Generator.Settings(tokens, sampling(temperature, topP), seed, stops);
  }

  private static SamplingSettings sampling(double temperature, double topP) {
    return new SamplingSettings(Map.of(), 1, 0, 0, temperature, 0, topP, 0, 1);
  }

  @Test
  void sameSeedSameTextOtherSeedAnother() throws Exception {
    var first = generate(40, 1, 0.95, 3, Set.of());
    assertThat(generate(40, 1, 0.95, 3, Set.of())).isEqualTo(first);
    assertThat(generate(40, 1, 0.95, 4, Set.of())).isNotEqualTo(first);
  }

  @Test
  void aTinyNucleusAndAColdTemperatureAreGreedy() throws Exception {
    var greedy = generate(20, 0, 1, 0, Set.of());
    assertThat(generate(20, 1, 1e-9, 5, Set.of())).isEqualTo(greedy);
    assertThat(generate(20, 1e-4, 1, 5, Set.of())).isEqualTo(greedy);
  }

  @Test
  void stopsBeforeAStopToken() throws Exception {
    List<Long> greedy = generate(20, 0, 1, 0, Set.of()).tokens();
    long stop = greedy.get(7);
    var stopped = generate(20, 0, 1, 0, Set.of(stop));
    assertThat(stopped.end()).isEqualTo(Generator.End.STOPPED);
    assertThat(stopped.tokens()).isEqualTo(greedy.subList(0, greedy.indexOf(stop)));
  }

  @Test
  void tellsEachTokenAndEndsWithTheContext() throws Exception {
    List<Long> heard = new ArrayList<>();
    var settings = settings(100_000, 0, 1, 0, Set.of());
    var result =
        new Generator(model).generate(PROMPT, settings, step -> heard.add((long) step.token()));
    assertThat(result.end()).isEqualTo(Generator.End.CONTEXT_FULL);
    assertThat(result.tokens()).hasSize(128 - PROMPT.length).isEqualTo(heard);
  }

  @Test
  void refusesPromptsThatCannotBe() {
    var settings = settings(1, 0, 1, 0, Set.of());
    var generator = new Generator(model);
    assertThatThrownBy(() -> generator.generate(new long[0], settings, _ -> true))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no tokens");
    long[] tooLong = LongStream.range(0, 128).map(i -> i % 100).toArray();
    assertThatThrownBy(() -> generator.generate(tooLong, settings, _ -> true))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("context of 128");
    assertThatThrownBy(() -> generator.generate(new long[] {101}, settings, _ -> true))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("vocabulary size 101");
  }

  @Test
  void drawsByProbability() {
    float[] logits = {(float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.2)};
    var all = new Sampler(sampling(1, 1), 11);
    var nucleus = new Sampler(sampling(1, 0.7), 11);
    int[] counts = new int[3];
    int[] kept = new int[3];
    int draws = 20_000;
    for (int i = 0; i < draws; i++) {
      counts[all.choose(logits, new TokenCounts())]++;
      kept[nucleus.choose(logits, new TokenCounts())]++;
    }
    assertThat(counts[0] / (double) draws).isBetween(0.48, 0.52);
    assertThat(counts[2] / (double) draws).isBetween(0.18, 0.22);
    assertThat(kept[2]).isZero();
    assertThat(kept[0] / (double) draws).isBetween(0.605, 0.645);
  }

  /** What was seen is not computed again, and changes nothing. */
  @Test
  void goesOnFromWhatItHasSeen() throws Exception {
    var settings = settings(20, 0, 1, 0, Set.of());
    var generator = new Generator(model);
    var fresh = generator.generate(new long[] {5, 17, 80, 3, 9, 40}, settings, _ -> true);
    try (var sequence = new Sequence(model)) {
      assertThat(sequence.become(new long[] {5, 17, 80, 3, 77}, StopRequest.never())).isZero();
      generator.generate(sequence, settings, _ -> true);
      assertThat(sequence.become(new long[] {5, 17, 80, 3, 9, 40}, StopRequest.never()))
          .isEqualTo(4);
      try (Sequence copy = sequence.copy()) {
        assertThat(generator.generate(copy, settings, _ -> true)).isEqualTo(fresh);
      }
      assertThat(generator.generate(sequence, settings, _ -> true)).isEqualTo(fresh);
    }
  }

  @Test
  void scoresAPromptAsItWouldHaveChosenIt() throws Exception {
    long[] prompt = LongStream.range(0, 100).map(i -> i * 7 % 101).toArray();
    var scores = PromptScores.of(model, prompt, 3, StopRequest.never());
    assertThat(scores.places()).hasSize(99);
    try (var sequence = new Sequence(model)) {
      for (int length : new int[] {1, 2, 64, 65, 99}) {
        sequence.become(Arrays.copyOf(prompt, length), StopRequest.never());
        float[] logits = sequence.logits();
        double normaliser = LogProbabilities.normaliser(logits);
        var place = scores.places().get(length - 1);
        int token = (int) prompt[length];
        assertThat(place.actual().token()).isEqualTo(token);
        assertThat(place.actual().logProbability())
            .isCloseTo(logits[token] - normaliser, within(1e-4));
        assertThat(place.top()).hasSize(3);
        assertThat(place.top().getFirst().token())
            .isEqualTo(new Sampler(SamplingSettings.greedy(), 0).choose(logits, new TokenCounts()));
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void repeatedPassesLeaveMemoryFlat() throws Exception {
    pass(40);
    long before = residentKilobytes();
    pass(150);
    // One pass makes tensors of over 1 MB: a leak would show as hundreds of megabytes.
    assertThat(residentKilobytes() - before).isLessThan(60_000);
  }

  private void pass(int times) throws Exception {
    long[] ids = LongStream.range(0, 4 * 64).map(i -> i % 101).toArray();
    for (int i = 0; i < times; i++) {
      try (var _ = TensorScope.open()) {
        model.trace(Tensor.create(ids).view(4, 64));
      }
      if (i % 40 == 0) {
        generate(10, 1, 0.9, i, Set.of());
      }
    }
  }

  private static long residentKilobytes() throws Exception {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
        .findFirst()
        .orElseThrow();
  }
}
