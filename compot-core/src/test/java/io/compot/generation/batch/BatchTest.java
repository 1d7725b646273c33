package io.compot.generation.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.checkpoint.Checkpoint;
import io.compot.generation.Generator;
import io.compot.generation.PromptScores;
import io.compot.generation.SamplingSettings;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.Dtype;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BatchTest {

  private static final BatchLimits ROOMY = new BatchLimits(8, 1L << 30, 7);

  private Checkpoint checkpoint;
  private CausalModel model;

  @BeforeEach
  void load() throws Exception {
    checkpoint = Checkpoint.open(Path.of(BatchTest.class.getResource("/golden/qwen3").toURI()));
    model = CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32));
  }

  @AfterEach
  void close() {
    model.close();
    checkpoint.close();
  }

  private static long[] prompt(int length, int step) {
    return LongStream.range(0, length).map(i -> (i * step + 3) % 101).toArray();
  }

  private static Generator.Settings settings(int tokens, double temperature, long seed) {
    return new Generator.Settings(
        tokens, new SamplingSettings(Map.of(), 1, 0, 0, temperature, 0, 1, 0, 1), seed, Set.of());
  }

  /** Collects what a batch tells of one job. */
  private static class Heard implements Job.Writer, Job.Reader {
    final Map<Integer, Generator.Result> results = new TreeMap<>();
    final List<Integer> remembered = new ArrayList<>();
    final AtomicBoolean stopped = new AtomicBoolean();
    int steps;
    @Nullable RuntimeException failure;
    @Nullable PromptScores scores;

    Generator.Result only() {
      return Objects.requireNonNull(results.get(0));
    }

    @Override
    public boolean hear(int choice, Generator.Step step) {
      steps++;
      return true;
    }

    @Override
    public void finished(int choice, Generator.Result result, int seen) {
      assertThat(results.put(choice, result)).isNull();
      remembered.add(seen);
    }

    @Override
    public void finished(PromptScores all) {
      assertThat(scores).isNull();
      scores = all;
    }

    @Override
    public void failed(RuntimeException why) {
      failure = why;
    }
  }

  private static Job.Continue job(long[] prompt, Heard heard, Generator.Settings... choices) {
    return new Job.Continue(prompt, List.of(choices), heard, heard.stopped::get);
  }

  private static int run(Batch batch) {
    int steps = 1;
    while (batch.step()) {
      steps++;
      assertThat(steps).isLessThan(1000);
    }
    return steps;
  }

  /** Whatever a text shares its steps and its beginning with, it is what it would be alone. */
  @Test
  void textsAreWhatTheyWouldBeAlone() throws Exception {
    var generator = new Generator(model);
    List<Heard> all = new ArrayList<>();
    List<Generator.Result> alone = new ArrayList<>();
    try (var batch = new Batch(model, ROOMY)) {
      for (int i = 0; i < 6; i++) {
        long[] prompt = prompt(5 + 9 * i, i % 2 == 0 ? 7 : 11);
        Generator.Settings settings = settings(10 + i, i % 3 == 0 ? 0 : 1, i);
        alone.add(generator.generate(prompt, settings, _ -> true));
        var heard = new Heard();
        all.add(heard);
        batch.add(job(prompt, heard, settings));
        batch.step();
      }
      run(batch);
    }
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.get(i).results).as("text %d", i).containsExactly(Map.entry(0, alone.get(i)));
    }
  }

  @Test
  void aBeginningIsComputedOnce() {
    long[] common = prompt(64, 7);
    try (var batch = new Batch(model, ROOMY)) {
      List<Heard> all = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        long[] own = Arrays.copyOf(common, 66);
        own[64] = i + 1L;
        own[65] = 50;
        var heard = new Heard();
        all.add(heard);
        batch.add(job(own, heard, settings(3, 0, 0)));
      }
      run(batch);
      assertThat(all.getFirst().remembered).containsExactly(0);
      assertThat(all.subList(1, 4))
          .allSatisfy(each -> assertThat(each.remembered).containsExactly(64));
      var later = new Heard();
      batch.add(job(Arrays.copyOf(common, 70), later, settings(3, 0, 0), settings(3, 1, 9)));
      run(batch);
      assertThat(later.remembered).containsExactly(64, 64);
      assertThat(later.results).hasSize(2);
    }
  }

  @Test
  void waitsForRoomAndTakesTurns() {
    try (var probe = new Batch(model, ROOMY)) {
      var limits = new BatchLimits(8, probe.tokenBytes() * 60, 16);
      try (var batch = new Batch(model, limits)) {
        assertThat(batch.mostTokens()).isEqualTo(60);
        List<Heard> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
          var heard = new Heard();
          all.add(heard);
          batch.add(job(prompt(15, 3 + i), heard, settings(12, 0, 0)));
        }
        do {
          BatchState state = batch.state();
          assertThat(state.reservedBytes() + state.keptBytes())
              .isLessThanOrEqualTo(limits.cacheBytes());
          assertThat(state.reading() + state.writing()).isLessThanOrEqualTo(2);
        } while (batch.step());
        assertThat(all).allSatisfy(each -> assertThat(each.only().tokens()).hasSize(12));
      }
    }
  }

  @Test
  void stopsWhatNobodyWants() {
    try (var batch = new Batch(model, new BatchLimits(1, 1L << 30, 8))) {
      var reading = new Heard();
      var waiting = new Heard();
      var last = new Heard();
      batch.add(job(prompt(90, 7), reading, settings(30, 0, 0)));
      batch.add(job(prompt(20, 7), waiting, settings(30, 0, 0)));
      batch.add(job(prompt(20, 11), last, settings(30, 0, 0)));
      batch.step();
      assertThat(batch.state().reading()).isOne();
      reading.stopped.set(true);
      waiting.stopped.set(true);
      batch.step();
      var nothing = new Generator.Result(List.of(), Generator.End.HEARD_ENOUGH);
      assertThat(reading.results).containsExactly(Map.entry(0, nothing));
      assertThat(waiting.results).containsExactly(Map.entry(0, nothing));
      while (last.steps < 4) {
        batch.step();
      }
      last.stopped.set(true);
      assertThat(batch.step()).isFalse();
      assertThat(last.only().tokens()).hasSize(4);
      assertThat(last.only().end()).isEqualTo(Generator.End.HEARD_ENOUGH);
    }
  }

  @Test
  void scoresBetweenTheTexts() {
    long[] tokens = prompt(100, 7);
    var scored = PromptScores.of(model, tokens, 2, StopRequest.never());
    try (var batch = new Batch(model, ROOMY)) {
      var writer = new Heard();
      var reader = new Heard();
      batch.add(job(prompt(10, 3), writer, settings(40, 0, 0)));
      batch.add(new Job.Score(tokens, 2, reader, StopRequest.never()));
      run(batch);
      assertThat(writer.only().tokens()).hasSize(40);
      assertThat(Objects.requireNonNull(reader.scores).places()).hasSameSizeAs(scored.places());
      for (int i = 0; i < 99; i++) {
        assertThat(Objects.requireNonNull(reader.scores).places().get(i).actual().logProbability())
            .isCloseTo(scored.places().get(i).actual().logProbability(), within(1e-4));
      }
      var after = new Heard();
      batch.add(job(tokens, after, settings(1, 0, 0)));
      run(batch);
      assertThat(after.remembered).containsExactly(99);
    }
  }

  @Test
  void aFailureEndsItsJobsAndNoOthers() {
    try (var batch = new Batch(model, ROOMY)) {
      var failing =
          new Heard() {
            @Override
            public boolean hear(int choice, Generator.Step step) {
              throw new IllegalStateException("broken");
            }
          };
      batch.add(job(prompt(10, 3), failing, settings(40, 0, 0)));
      run(batch);
      assertThat(failing.failure).hasMessage("broken");
      var after = new Heard();
      batch.add(job(prompt(10, 3), after, settings(5, 0, 0)));
      run(batch);
      assertThat(after.only().tokens()).hasSize(5);
    }
  }
}
