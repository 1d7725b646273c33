package io.compot.evaluation.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.bytedeco.pytorch.global.torch.log_softmax;

import io.compot.checkpoint.Checkpoint;
import io.compot.evaluation.LoadedModel;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.WeightLoader;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batching, sharing and cutting against one request at a time, on trained models. */
class LogLikelihoodsTest {

  private static final int VOCABULARY = 512;

  private static long[] tokens(Random random, int count) {
    return tokens(random, count, VOCABULARY);
  }

  private static long[] tokens(Random random, int count, int most) {
    return LongStream.range(0, count).map(_ -> 3 + random.nextInt(most - 3)).toArray();
  }

  private static long[] joined(long[] a, long[] b) {
    return LongStream.concat(LongStream.of(a), LongStream.of(b)).toArray();
  }

  /** Groups as tasks make them: shared contexts, shared beginnings, single-token answers. */
  private static List<List<TokenRequest>> groups(Random random, int most) {
    List<List<TokenRequest>> groups = new ArrayList<>();
    long[] everyones = tokens(random, 11, most);
    for (int g = 0; g < 12; g++) {
      long[] context = joined(everyones, tokens(random, 1 + random.nextInt(30), most));
      List<TokenRequest> group = new ArrayList<>();
      for (int choice = 0; choice < 1 + g % 4; choice++) {
        int length = g % 3 == 0 ? 1 : 1 + random.nextInt(20);
        long[] own = g % 5 == 4 ? joined(context, tokens(random, 2, most)) : context;
        group.add(new TokenRequest(own, tokens(random, length, most)));
      }
      groups.add(group);
    }
    return groups;
  }

  private static Score alone(CausalModel model, TokenRequest request, int maxLength) {
    try (var _ = TensorScope.open()) {
      long[] whole = joined(request.context(), request.continuation());
      int from = Math.max(0, whole.length - maxLength - 1);
      long[] input = LongStream.of(whole).skip(from).limit(whole.length - 1L - from).toArray();
      Tensor logits = model.logits(Tensor.create(input).unsqueeze(0)).squeeze(0);
      Tensor logProbabilities = log_softmax(logits.to(ScalarType.Double), 1);
      double sum = 0;
      boolean greedy = true;
      int scored = Math.min(request.continuation().length, input.length);
      for (int back = 1; back <= scored; back++) {
        long token = whole[whole.length - back];
        Tensor position = logProbabilities.select(0, input.length - back);
        sum += position.select(0, token).item_double();
        greedy &= position.argmax().item_long() == token;
      }
      return new Score(sum, greedy, from > 0);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 300, 100_000})
  void agreesWithOneRequestAtATime(int batchTokens) throws Exception {
    List<List<TokenRequest>> groups = groups(new Random(5), VOCABULARY);
    try (var loaded = LoadedModel.open(SharedData.path("data/stories260k/hf"))) {
      for (int maxLength : new int[] {512, 24}) {
        agrees(loaded.model(), groups, maxLength, batchTokens);
      }
    }
  }

  /** A window over the last tokens, learned positions, norms after, experts, capped scores. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "mistral_sliding",
        "opt",
        "opt_postln_proj",
        "qwen3_moe",
        "gpt2",
        "gemma2",
        "gemma3_text"
      })
  void agreesWithOneRequestAtATimeInEveryKindOfBlock(String name) throws Exception {
    List<List<TokenRequest>> groups = groups(new Random(6), 97);
    try (Checkpoint checkpoint = Checkpoint.open(SharedData.path("golden/public/" + name));
        var model =
            CausalModel.load(Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32))) {
      for (int batchTokens : new int[] {300, 100_000}) {
        agrees(model, groups, 63, batchTokens);
      }
    }
  }

  private static void agrees(
      CausalModel model, List<List<TokenRequest>> groups, int maxLength, int batchTokens)
      throws Exception {
    var scorer = new LogLikelihoods(model, maxLength, batchTokens);
    List<Integer> progress = new ArrayList<>();
    List<Double> shares = new ArrayList<>();
    List<List<Score>> scores =
        scorer.score(
            groups,
            (done, share) -> {
              progress.add(done);
              shares.add(share);
            });
    assertThat(progress.getLast()).isEqualTo(groups.size());
    assertThat(shares).isSorted().last().isEqualTo(1.0);
    for (int g = 0; g < groups.size(); g++) {
      for (int r = 0; r < groups.get(g).size(); r++) {
        Score expected = alone(model, groups.get(g).get(r), maxLength);
        Score actual = scores.get(g).get(r);
        assertThat(actual.logLikelihood()).isCloseTo(expected.logLikelihood(), within(1e-4));
        assertThat(actual.greedy()).isEqualTo(expected.greedy());
        assertThat(actual.cut()).isEqualTo(expected.cut());
      }
    }
  }

  /** The longest come first: a third of the work may be one of many documents. */
  @Test
  void tellsWhichPartOfTheWorkIsDone() throws Exception {
    List<List<TokenRequest>> groups = new ArrayList<>();
    for (int length : new int[] {5, 80, 5, 5}) {
      groups.add(List.of(new TokenRequest(new long[length - 1], new long[] {7})));
    }
    try (var loaded = LoadedModel.open(SharedData.path("data/stories260k/hf"))) {
      List<Double> shares = new ArrayList<>();
      List<Integer> counts = new ArrayList<>();
      new LogLikelihoods(loaded.model(), 512, 80)
          .score(
              groups,
              (done, share) -> {
                counts.add(done);
                shares.add(share);
              });
      assertThat(counts.getFirst()).isEqualTo(1);
      assertThat(shares.getFirst()).isGreaterThan(0.5);
      assertThat(shares.getLast()).isEqualTo(1.0);
    }
  }

  @Test
  void seesWhatIsGreedyAndScoresContinuationsLongerThanTheModel() throws Exception {
    try (var loaded = LoadedModel.open(SharedData.path("data/stories260k/hf"))) {
      PairEncoder encoder = loaded.scored().encoder();
      TokenRequest start = encoder.encode(new Prompt("Once upon a time, there was a", " little"));
      long[] context = start.context();
      try (var _ = TensorScope.open()) {
        Tensor next = loaded.model().logits(Tensor.create(context).unsqueeze(0), null, 1);
        long likeliest = next.argmax().item_long();
        var greedy = new TokenRequest(context, new long[] {likeliest});
        var other = new TokenRequest(context, new long[] {likeliest == 5 ? 6 : 5});
        var tooLong = new TokenRequest(new long[] {1}, tokens(new Random(1), 40));
        List<Score> scores =
            new LogLikelihoods(loaded.model(), 16, 64)
                .score(List.of(List.of(greedy, other), List.of(tooLong)), (_, _) -> {}).stream()
                    .flatMap(List::stream)
                    .toList();
        assertThat(scores.stream().map(Score::greedy)).containsExactly(true, false, false);
        assertThat(scores.get(2).cut()).isTrue();
        assertThat(scores.get(2).logLikelihood())
            .isCloseTo(alone(loaded.model(), tooLong, 16).logLikelihood(), within(1e-4));
      }
    }
  }

  /** One forward pass for the context of several choices. */
  @Test
  void computesSharedBeginningsOnce() throws Exception {
    var random = new Random(7);
    List<List<TokenRequest>> groups = new ArrayList<>();
    for (int g = 0; g < 8; g++) {
      long[] context = tokens(random, 60);
      List<TokenRequest> group = new ArrayList<>();
      for (int choice = 0; choice < 4; choice++) {
        group.add(new TokenRequest(context, tokens(random, 5)));
      }
      groups.add(group);
    }
    try (var loaded = LoadedModel.open(SharedData.path("data/stories260k/hf"))) {
      var scorer = new LogLikelihoods(loaded.model(), 512, 100_000);
      scorer.score(groups, (_, _) -> {});
      // 60 shared tokens a document, then 4 for each of four choices; without sharing 4 x 64.
      assertThat(scorer.computedTokens()).isEqualTo(8 * (60 + 4 * 4));
    }
  }

  /** Examples in front of all documents stand in one row, and in that of no batch again. */
  @Test
  void computesWhatAllDocumentsBeginWithOnce() throws Exception {
    var random = new Random(11);
    long[] examples = tokens(random, 200);
    List<List<TokenRequest>> groups = new ArrayList<>();
    for (int g = 0; g < 30; g++) {
      long[] context = joined(examples, tokens(random, 10));
      groups.add(List.of(new TokenRequest(context, new long[] {7})));
    }
    try (var loaded = LoadedModel.open(SharedData.path("data/stories260k/hf"))) {
      var scorer = new LogLikelihoods(loaded.model(), 512, 10 * 210);
      List<List<Score>> scores = scorer.score(groups, (_, _) -> {});
      assertThat(scorer.computedTokens()).isEqualTo(200 + 30 * 10);
      assertThat(scores.getLast().getFirst().logLikelihood())
          .isCloseTo(
              alone(loaded.model(), groups.getLast().getFirst(), 512).logLikelihood(),
              within(1e-4));
    }
  }

  /** Endings that begin alike share their beginning, too. */
  @Test
  void computesCommonBeginningsOfEndingsOnce() throws Exception {
    var random = new Random(12);
    long[] context = tokens(random, 40);
    long[] first = tokens(random, 6);
    var requests =
        Stream.of(tokens(random, 5), tokens(random, 9), tokens(random, 7))
            .map(rest -> new TokenRequest(context, joined(first, rest)))
            .toList();
    try (var loaded = LoadedModel.open(SharedData.path("data/stories260k/hf"))) {
      var scorer = new LogLikelihoods(loaded.model(), 512, 4096);
      List<Score> scores = scorer.score(List.of(requests), (_, _) -> {}).getFirst();
      assertThat(scorer.computedTokens()).isEqualTo(40 + 6 + 4 + 8 + 6);
      for (int i = 0; i < requests.size(); i++) {
        assertThat(scores.get(i).logLikelihood())
            .isCloseTo(alone(loaded.model(), requests.get(i), 512).logLikelihood(), within(1e-4));
      }
    }
  }

  /** Answers of one letter differ in nothing that the model reads. */
  @Test
  void asksOnceForOneTokenAnswers() throws Exception {
    var random = new Random(8);
    long[] context = tokens(random, 60);
    List<TokenRequest> group = new ArrayList<>();
    for (int choice = 0; choice < 4; choice++) {
      group.add(new TokenRequest(context, new long[] {10 + choice}));
    }
    try (var loaded = LoadedModel.open(SharedData.path("data/stories260k/hf"))) {
      var scorer = new LogLikelihoods(loaded.model(), 512, 100_000);
      scorer.score(List.of(group), (_, _) -> {});
      assertThat(scorer.computedTokens()).isEqualTo(60);
    }
  }

  /**
   * An input that begins another one of its document is no row of its own: longer or shorter first.
   */
  @Test
  void scoresInputsThatBeginAnotherInIt() throws Exception {
    var random = new Random(9);
    long[] context = tokens(random, 20);
    long[] longest = tokens(random, 9);
    long[] beginning = LongStream.of(longest).limit(4).toArray();
    // Its last token is no input, so it may differ and the input still begins the longest one.
    long[] other = joined(LongStream.of(longest).limit(6).toArray(), new long[] {17});
    var requests =
        Stream.of(beginning, longest, other).map(each -> new TokenRequest(context, each)).toList();
    try (var loaded = LoadedModel.open(SharedData.path("data/stories260k/hf"))) {
      for (var group : List.of(requests, requests.reversed())) {
        var scorer = new LogLikelihoods(loaded.model(), 512, 100_000);
        List<Score> scores = scorer.score(List.of(group), (_, _) -> {}).getFirst();
        assertThat(scorer.computedTokens()).isEqualTo(20 + 9 - 1);
        for (int i = 0; i < group.size(); i++) {
          Score expected = alone(loaded.model(), group.get(i), 512);
          assertThat(scores.get(i).logLikelihood())
              .isCloseTo(expected.logLikelihood(), within(1e-4));
          assertThat(scores.get(i).greedy()).isEqualTo(expected.greedy());
        }
      }
    }
  }
}
