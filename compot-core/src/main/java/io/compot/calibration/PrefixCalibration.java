package io.compot.calibration;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.form.Packed;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
 * with a larger μ where tokens are few ({@link Drift}), and what is factorised is W* in the
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
   * Observes inputs of the current block. Each model runs only as far as the last of them. Where
   * routing gives the two models different tokens, as to an expert, there is no drift to tell.
   *
   * @param replaced factors of projections of this block that stand before all of them
   * @param originals whether XᵀX is wanted too
   * @return one for each input, in their order, owned by the caller
   * @throws CompotException naming the layer whose input has NaN or infinite entries
   */
  public Map<SharedInput, PairedInputs> observe(
      List<SharedInput> wanted, Map<String, Packed> replaced, boolean originals)
      throws CompotException {
    return block()
        .observe(original, compressed, original.lengths().parts(), wanted, replaced, originals);
  }

  private PairedBlock block() {
    return new PairedBlock(
        feed.stack(), layer, loader, feed::context, compressedFeed::context, stop);
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
      PairedBlock block = block();
      block.step(original, first::add);
      block.step(compressed, replaced, second::add);
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
