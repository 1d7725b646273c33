package io.compot.model;

import static org.bytedeco.pytorch.global.torch.zeros_like;

import io.compot.error.InputException;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * A sparsely gated mixture of experts (Shazeer et al., arXiv 1701.06538): y = Σ p_e · expert_e(x)
 * over the few experts of largest p, where p is the softmax of the router's scores over all
 * experts, in single precision whatever the computation type.
 *
 * <p>An expert is applied once, to the tokens routed to it and no others, so that who observes its
 * projections sees just those; one that no token is routed to is not applied.
 *
 * @param router from H to one score an expert
 * @param experts E of them
 * @param chosen experts that a token goes through, at most E
 * @param normalised whether the chosen p are divided by their sum
 */
record MixtureOfExperts(Linear router, List<FeedForward> experts, int chosen, boolean normalised)
    implements FeedForward {

  MixtureOfExperts {
    experts = List.copyOf(experts);
  }

  @Override
  public Tensor apply(Tensor x) {
    try (var scope = TensorScope.open()) {
      Tensor tokens = x.reshape(-1, x.size(-1));
      Tensor scores = router.apply(tokens).softmax(1, new ScalarTypeOptional(ScalarType.Float));
      var best = scores.topk(chosen, 1, true, true);
      Tensor shares = best.get0();
      if (normalised) {
        shares = shares.div(shares.sum(new long[] {1}, true, new ScalarTypeOptional()));
      }
      Tensor weights = shares.to(tokens.scalar_type()).view(-1);
      // A place is a pair (token, choice); those of one expert stand together, tokens ascending.
      Tensor experts = best.get1().reshape(-1);
      Tensor places = experts.argsort(true, 0, false);
      Tensor counts = experts.bincount(new TensorOptional(), this.experts.size());

      Tensor sum = zeros_like(tokens);
      MemorySegment count = NativeMemory.bytes(counts);
      long from = 0;
      for (int expert = 0; expert < this.experts.size(); expert++) {
        long routed = count.getAtIndex(ValueLayout.JAVA_LONG, expert);
        if (routed > 0) {
          add(sum, this.experts.get(expert), tokens, weights, places.narrow(0, from, routed));
          from += routed;
        }
      }
      return scope.keep(sum.view_as(x));
    }
  }

  private void add(Tensor sum, FeedForward expert, Tensor tokens, Tensor weights, Tensor places) {
    try (var _ = TensorScope.open()) {
      Tensor rows = places.floor_divide(new Scalar((long) chosen));
      Tensor output = expert.apply(tokens.index_select(0, rows));
      output.mul_(weights.index_select(0, places).unsqueeze(1));
      sum.index_add_(0, rows, output);
    }
  }

  /**
   * The layer of a router and its experts.
   *
   * <p>The router is not among the projections to compress: it is tiny, one row an expert, and an
   * error in it sends tokens to other experts.
   *
   * @param router name of the router, without {@code .weight}
   * @param count E
   * @param expert the expert of an index, made when asked for
   */
  record Spec(
      String router,
      Dimension hidden,
      Dimension count,
      IntFunction<Part<FeedForward>> expert,
      int chosen,
      boolean normalised)
      implements Part<FeedForward> {

    @Override
    public Stream<TensorSpec> tensors() {
      // The router first: its shape tells a wrong number of experts best.
      return Stream.concat(Stream.of(routerWeight()), experts().flatMap(Part::tensors));
    }

    @Override
    public List<SharedInput> projections() {
      return IntStream.range(0, Math.toIntExact(count.size()))
          .boxed()
          .flatMap(number ->
              expert.apply(number).projections().stream()
                  .map(input -> input.map(projection -> projection.ofExpert(number))))
          .toList();
    }

    @Override
    public FeedForward load(Weights weights) throws InputException {
      Linear loadedRouter = weights.linear(router, routerWeight(), null);
      var loaded = new ArrayList<FeedForward>();
      for (Part<FeedForward> part : experts().toList()) {
        loaded.add(part.load(weights));
      }
      return new MixtureOfExperts(loadedRouter, loaded, chosen, normalised);
    }

    private TensorSpec routerWeight() {
      return TensorSpec.of(router + ".weight", count, hidden);
    }

    private Stream<Part<FeedForward>> experts() {
      return IntStream.range(0, Math.toIntExact(count.size())).mapToObj(expert);
    }
  }
}
