package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.form.Packed;
import io.compot.model.Block;
import io.compot.model.Context;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Feeds calibration samples through the original model and through what has been compressed of it
 * so far, side by side and block by block, so that each projection can make up for what the ones
 * before it lost. With X the input of a projection in the original and X′ in the compressed model,
 * the best weight is
 *
 * <pre>
 * W* = argmin ‖X′W* − XW‖² + μ‖W* − W‖² = (X′ᵀX′ + μI)⁻¹(X′ᵀX + μI)W
 * </pre>
 *
 * shrunk towards W by what is chance in it ({@link Drift}), and what is factorised is W* in the
 * whitening of X′ᵀX′. Holds two sets of hidden states.
 */
public final class PrefixCalibration implements AutoCloseable {

  private final StackFeed feed;
  private final StackFeed compressedFeed;
  private final WeightLoader loader;
  private final StateStore store;
  private final StopRequest stop;
  private HiddenStates original;
  private HiddenStates compressed;
  private int layer;

  private PrefixCalibration(
      StackFeed feed,
      StackFeed compressedFeed,
      WeightLoader loader,
      StateStore store,
      StopRequest stop,
      HiddenStates original,
      HiddenStates compressed,
      int layer) {
    this.feed = feed;
    this.compressedFeed = compressedFeed;
    this.loader = loader;
    this.store = store;
    this.stop = stop;
    this.original = original;
    this.compressed = compressed;
    this.layer = layer;
  }

  /**
   * Makes the first hidden states, or goes on from states of an earlier process.
   *
   * @param feed of the original model
   * @param compressedFeed of the compressed one, which may look at something else
   * @param loader weights as they are; its source must stay open
   * @param store for the hidden states before each block
   * @param wanted the first block that is not done; states before it may be skipped
   * @param stop looked at before each batch of windows, here and later
   * @throws CompotException where a weight cannot be used or the states cannot be kept
   */
  public static PrefixCalibration start(
      StackFeed feed,
      StackFeed compressedFeed,
      WeightLoader loader,
      StateStore store,
      int wanted,
      StopRequest stop)
      throws CompotException {
    var shape = feed.shape(loader.computation());
    for (int block = wanted; block > 0; block--) {
      var prefix = store.find(compressed(block), shape);
      if (prefix.isPresent()) {
        var before = store.find(original(block), shape);
        if (before.isPresent()) {
          return new PrefixCalibration(
              feed, compressedFeed, loader, store, stop, before.get(), prefix.get(), block);
        }
        prefix.get().close();
      }
    }
    try (var first = store.create(original(0), shape);
        var second = store.create(compressed(0), shape)) {
      FirstStates.into(feed, loader, first, second);
      return new PrefixCalibration(
          feed, compressedFeed, loader, store, stop, first.finish(), second.finish(), 0);
    }
  }

  /** What other stacks look at, in both models; owned by the caller. */
  public record Outputs(HiddenStates original, HiddenStates compressed) {}

  private static String original(int block) {
    return "original-" + block;
  }

  private static String compressed(int block) {
    return "prefix-" + block;
  }

  /**
   * Inputs of a block in the order in which they are observed: those that do not depend on each
   * other, as those of all experts, at once.
   */
  public static Collection<List<SharedInput>> stages(List<SharedInput> inputs) {
    Map<String, List<SharedInput>> stages = new LinkedHashMap<>();
    for (SharedInput input : inputs) {
      Projection first = input.first();
      String stage = first.expert().isPresent() ? "experts' " + first.kind() : first.name();
      stages.computeIfAbsent(stage, _ -> new ArrayList<>()).add(input);
    }
    return stages.values();
  }

  /** The block whose turn it is. */
  public int next() {
    return layer;
  }

  /**
   * What an input looks like in both models.
   *
   * @param gram X′ᵀX′
   * @param drift from X to X′
   * @param original XᵀX; null where nobody asked for it
   * @param name of the projections they belong to, for messages
   */
  public record Inputs(Gram gram, Drift drift, @Nullable Gram original, String name)
      implements AutoCloseable {

    private static Inputs none(SharedInput input, boolean originals) {
      String name = input.first().name();
      Gram original = originals ? new Gram(name, input.in()) : null;
      return new Inputs(new Gram(name, input.in()), new Drift(input.in()), original, name);
    }

    private void add(Tensor after, @Nullable Tensor before, boolean aligned)
        throws FailureException {
      gram.add(after);
      gram.requireFinite();
      if (before != null && original != null) {
        original.add(before);
        original.requireFinite();
      }
      if (before != null && aligned) {
        Activations.requireFinite(before, name + ": its input in the original model");
        drift.add(after, before);
      }
    }

    /**
     * W* of a weight, W + α(X′ᵀX′ + μI)⁻¹X′ᵀ(X − X′)W; α is 1 but for what few tokens tell by
     * chance.
     *
     * @param weight torch layout [out, in]
     * @param ridge μ as a part of the mean diagonal entry of X′ᵀX′, above 0
     * @return [out, in], double, in the caller's scope
     */
    public Tensor target(Tensor weight, double ridge) {
      return drift.target(gram, weight, ridge);
    }

    @Override
    public void close() {
      gram.close();
      drift.close();
      if (original != null) {
        original.close();
      }
    }
  }

  /**
   * Observes inputs of the current block. Each model runs only as far as the last of them. Where
   * routing gives the two models different tokens, as to an expert, there is no drift to tell.
   *
   * @param replaced factors of projections of this block that stand before all of them
   * @param originals whether XᵀX is wanted too
   * @return one for each input, in their order, owned by the caller
   * @throws CompotException naming the layer whose input has NaN or infinite entries
   */
  public Map<SharedInput, Inputs> observe(
      List<SharedInput> wanted, Map<String, Packed> replaced, boolean originals)
      throws CompotException {
    var observed = new LinkedHashMap<SharedInput, Inputs>();
    boolean done = false;
    var names = new HashSet<String>();
    wanted.forEach(input -> names.add(input.first().name()));
    try (var before = new SeenInputs(names);
        var after = new SeenInputs(names);
        Block first = feed.stack().block(layer, before.watching(loader));
        Block second = feed.stack().block(layer, after.watching(loader.replacing(replaced)))) {
      for (SharedInput input : wanted) {
        observed.put(input, Inputs.none(input, originals));
      }
      for (Lengths.Batch batch : original.lengths().batches()) {
        stop.check();
        try (var _ = TensorScope.open()) {
          Tensor states = original.batch(batch.from(), batch.to());
          long tokens = states.size(0) * states.size(1);
          before.of(first, states, feed.context(batch));
          after.of(
              second, compressed.batch(batch.from(), batch.to()), compressedFeed.context(batch));
          for (var entry : observed.entrySet()) {
            Tensor now = after.get(entry.getKey());
            Tensor once = before.get(entry.getKey());
            if (now != null) {
              // An expert sees the same tokens for sure only where it sees all of them.
              boolean all =
                  entry.getKey().first().expert().isEmpty()
                      || now.numel() == tokens * entry.getKey().in();
              boolean same = once != null && all && now.numel() == once.numel();
              entry.getValue().add(now, once, same);
            }
          }
        }
      }
      done = true;
      return observed;
    } finally {
      if (!done) {
        observed.values().forEach(Inputs::close);
      }
    }
  }

  /**
   * Runs both models through the current block, which is then done.
   *
   * @param replaced factors of the block's projections
   */
  public void advance(Map<String, Packed> replaced) throws CompotException {
    var shape = original.shape();
    try (var first = store.create(original(layer + 1), shape);
        var second = store.create(compressed(layer + 1), shape)) {
      step(feed, original, loader, first, "");
      step(compressedFeed, compressed, loader.replacing(replaced), second, " after compression");
      HiddenStates originalBefore = original;
      HiddenStates compressedBefore = compressed;
      original = first.finish();
      compressed = second.finish();
      // Only now, so that one pair is whole at any moment.
      originalBefore.discard();
      compressedBefore.discard();
    }
    layer++;
  }

  private void step(
      StackFeed fed, HiddenStates states, WeightLoader weights, StateStore.Sink sink, String whose)
      throws CompotException {
    try (Block block = fed.stack().block(layer, weights)) {
      for (Lengths.Batch samples : states.lengths().batches()) {
        stop.check();
        try (var _ = TensorScope.open()) {
          Tensor batch = states.batch(samples.from(), samples.to());
          Context context = fed.context(samples);
          Tensor output = block.forward(batch, context);
          Activations.requireUsable(
              output, () -> FirstBadLinear.in(fed.stack(), weights, layer, batch, context) + whose);
          sink.add(output.to(batch.scalar_type()).contiguous());
        }
      }
    }
  }

  /** What other stacks look at, in both models, of a stack whose last block is through. */
  public Outputs outputs() throws CompotException {
    return new Outputs(
        StackOutput.of(feed.stack(), loader, original, store.named("original")),
        StackOutput.of(feed.stack(), loader, compressed, store.named("prefix")));
  }

  /** The pass is done: nobody needs its states any more. */
  public void discard() throws FailureException {
    original.discard();
    compressed.discard();
  }

  @Override
  public void close() {
    original.close();
    compressed.close();
  }
}
