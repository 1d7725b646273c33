package io.compot.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
      throws InputException {
    return new Generator(model)
        .generate(
            PROMPT, new Generator.Settings(tokens, temperature, topP, seed, stops), token -> {});
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
    var settings = new Generator.Settings(100_000, 0, 1, 0, Set.of());
    var result = new Generator(model).generate(PROMPT, settings, heard::add);
    assertThat(result.end()).isEqualTo(Generator.End.CONTEXT_FULL);
    assertThat(result.tokens()).hasSize(128 - PROMPT.length).isEqualTo(heard);
  }

  @Test
  void refusesPromptsThatCannotBe() {
    var settings = new Generator.Settings(1, 0, 1, 0, Set.of());
    var generator = new Generator(model);
    assertThatThrownBy(() -> generator.generate(new long[0], settings, token -> {}))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no tokens");
    long[] tooLong = LongStream.range(0, 128).map(i -> i % 100).toArray();
    assertThatThrownBy(() -> generator.generate(tooLong, settings, token -> {}))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("context of 128");
    assertThatThrownBy(() -> generator.generate(new long[] {101}, settings, token -> {}))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("vocabulary size 101");
  }

  @Test
  void drawsByProbability() {
    float[] logits = {(float) Math.log(0.5), (float) Math.log(0.3), (float) Math.log(0.2)};
    var all = new Sampling(1, 1, 11);
    var nucleus = new Sampling(1, 0.7, 11);
    int[] counts = new int[3];
    int[] kept = new int[3];
    int draws = 20_000;
    for (int i = 0; i < draws; i++) {
      counts[all.choose(logits)]++;
      kept[nucleus.choose(logits)]++;
    }
    assertThat(counts[0] / (double) draws).isBetween(0.48, 0.52);
    assertThat(counts[2] / (double) draws).isBetween(0.18, 0.22);
    assertThat(kept[2]).isZero();
    assertThat(kept[0] / (double) draws).isBetween(0.605, 0.645);
  }

  /** Batched rows do not see each other. */
  @Test
  void rowsOfABatchAreIndependent() {
    try (var _ = TensorScope.open()) {
      Tensor tokens = Tensor.create(new long[] {1, 2, 3, 4, 5, 6, 7, 8}).view(2, 4);
      Tensor both = model.logits(tokens);
      Tensor second = model.logits(tokens.narrow(0, 1, 1));
      Golden.assertClose("row", both.narrow(0, 1, 1), second, 1e-4, 0);
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
