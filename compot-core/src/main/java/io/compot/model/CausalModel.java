package io.compot.model;

import io.compot.decode.Decoder;
import io.compot.error.InputException;
import io.compot.kernel.Kernels;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * A whole language model in memory. The checkpoint it was loaded from must stay open as long as it
 * lives; one thread uses it at a time.
 */
public final class CausalModel implements AutoCloseable {

  private final Architecture architecture;
  private final Embedding embedding;
  private final List<Block> blocks;
  private final Head head;
  private final Dtype computation;
  private @Nullable Decoder decoder;
  private boolean decoderSought;

  private CausalModel(
      Architecture architecture,
      Embedding embedding,
      List<Block> blocks,
      Head head,
      Dtype computation) {
    this.computation = computation;
    this.architecture = architecture;
    this.embedding = embedding;
    this.blocks = blocks;
    this.head = head;
  }

  /**
   * Loads embedding, all blocks and head.
   *
   * @throws InputException naming the tensor that cannot be used
   */
  public static CausalModel load(Architecture architecture, WeightLoader loader)
      throws InputException {
    List<AutoCloseable> loaded = new ArrayList<>();
    boolean whole = false;
    try {
      Embedding embedding = architecture.embedding(loader);
      loaded.add(embedding);
      List<Block> blocks = new ArrayList<>();
      Stack decoder = architecture.decoder();
      for (int layer = 0; layer < decoder.blocks(); layer++) {
        Block block = decoder.block(layer, loader);
        loaded.add(block);
        blocks.add(block);
      }
      Head head = architecture.head(loader);
      whole = true;
      return new CausalModel(
          architecture, embedding, List.copyOf(blocks), head, loader.computation());
    } finally {
      if (!whole) {
        closeAll(loaded);
      }
    }
  }

  static void closeAll(List<AutoCloseable> parts) {
    for (AutoCloseable part : parts) {
      switch (part) {
        case Entry entry -> entry.close();
        case Exit exit -> exit.close();
        case Block block -> block.close();
        default -> throw new IllegalStateException("not a part of a model: " + part);
      }
    }
  }

  /** The structure it was loaded by. */
  public Architecture architecture() {
    return architecture;
  }

  /** What makes logits of hidden states; it goes with the model. */
  public Head head() {
    return head;
  }

  List<Block> blocks() {
    return blocks;
  }

  /** The embedding's rows of tokens from position 0 on, [B, T, H] in the caller's scope. */
  Tensor embedded(Tensor tokens) {
    return embedding.forward(tokens, 0);
  }

  /** An empty KV cache that fits; the caller closes it. */
  public KvCache newCache() {
    return new KvCache(blocks.size(), computation);
  }

  /**
   * Logits of every position.
   *
   * @param tokens I64 [B, T], rows are independent sequences without padding
   * @return [B, T, V] in the computation type, in the caller's scope
   */
  public Tensor logits(Tensor tokens) {
    return logits(tokens, null, tokens.size(1));
  }

  /**
   * Logits of the last positions only.
   *
   * @param tokens I64 [B, T], the positions after those in the cache
   * @param cache what was seen before, extended by these tokens; null to start at position 0
   * @param last how many positions at the end need logits, 1 to T
   * @return [B, last, V]
   */
  public Tensor logits(Tensor tokens, @Nullable KvCache cache, long last) {
    return logits(tokens, null, cache, last);
  }

  /**
   * The same of a model whose blocks look at another stack's output.
   *
   * @param memory [B, S, H′]; null where there is none, or the cache has seen it
   */
  public Tensor logits(Tensor tokens, @Nullable Tensor memory, @Nullable KvCache cache, long last) {
    try (var scope = TensorScope.open()) {
      Tensor first = embedding.forward(tokens, cache == null ? 0 : cache.length());
      Tensor hidden = throughBlocks(first, Context.none().with(memory), cache);
      return scope.keep(logitsOf(hidden.narrow(1, hidden.size(1) - last, last)));
    }
  }

  /**
   * The same of a text with images in it.
   *
   * @param tokens I64 [1, T]
   * @param sight the images, and how these tokens lie
   */
  public Tensor logitsSeeing(Tensor tokens, Sight sight, @Nullable KvCache cache, long last) {
    try (var scope = TensorScope.open()) {
      Context context = Sight.of(sight, Context.none());
      Tensor hidden = throughBlocks(embedding.forward(tokens, 0), context, cache);
      return scope.keep(logitsOf(hidden.narrow(1, hidden.size(1) - last, last)));
    }
  }

  /**
   * Logits of hidden states that {@link #hidden} gave, for callers that cannot hold the logits of
   * all positions at once.
   *
   * @param hidden [..., H], output of the last block
   * @return [..., V]
   */
  public Tensor logitsOf(Tensor hidden) {
    try (var scope = TensorScope.open()) {
      return scope.keep(head.logits(head.normalise(hidden)));
    }
  }

  /**
   * Output of the last block, before the final norm.
   *
   * @param tokens I64 [B, T]
   * @param cache as in {@link #logits(Tensor, KvCache, long)}
   * @return [B, T, H]
   */
  public Tensor hidden(Tensor tokens, @Nullable KvCache cache) {
    try (var scope = TensorScope.open()) {
      Tensor first = embedding.forward(tokens, cache == null ? 0 : cache.length());
      return scope.keep(throughBlocks(first, Context.none(), cache));
    }
  }

  /**
   * Output of the last block for rows that are trees.
   *
   * @param tokens I64 [B, T]
   * @param trees how the tokens of a row hang together
   * @param cache what the roots follow, extended by these tokens; null where they begin
   * @return [B, T, H]
   */
  public Tensor hidden(Tensor tokens, TokenTrees trees, @Nullable KvCache cache) {
    try (var scope = TensorScope.open()) {
      Tensor first = embedding.forward(tokens, trees.positions());
      return scope.keep(throughBlocks(first, new Context(null, trees), cache));
    }
  }

  /**
   * Logits behind one more token of each of several sequences, which share the step.
   *
   * @param tokens one for each
   * @param caches what each token follows, extended by it
   * @return [B, V] in the computation type, in the caller's scope
   */
  public Tensor step(long[] tokens, List<KvCache> caches) {
    try (var scope = TensorScope.open();
        var arena = Arena.ofConfined();
        var rows = new OwnSequences(caches)) {
      var segment = arena.allocateFrom(ValueLayout.JAVA_LONG, tokens);
      Tensor ids = NativeMemory.tensor(segment, Dtype.I64, tokens.length, 1);
      Tensor hidden = embedding.forward(ids, rows.positions());
      for (int layer = 0; layer < blocks.size(); layer++) {
        var own = new OwnSequences.Layer(rows, layer);
        Tensor next = blocks.get(layer).forward(hidden, Context.of(own));
        hidden.close();
        hidden = next;
      }
      return scope.keep(logitsOf(hidden).squeeze(1));
    }
  }

  /**
   * What adds tokens without libtorch, in single precision whatever the model's type: several times
   * as fast as {@link #step}. Empty where the model has parts that only libtorch computes, and
   * where the JVM has no vectors.
   */
  public Optional<Decoder> decoder() {
    if (!decoderSought && Kernels.vectors()) {
      decoderSought = true;
      decoder =
          StoredDecoder.of(embedding, blocks, head)
              .map(weights -> new Decoder(weights, torch.get_num_threads()))
              .orElse(null);
    }
    return Optional.ofNullable(decoder);
  }

  /**
   * Logits behind one more token of each of several sequences, by {@link #decoder} where there is
   * one.
   *
   * @param tokens one for each
   * @param caches what each token follows, extended by it
   * @return for each sequence, over the vocabulary
   */
  public float[][] next(long[] tokens, List<KvCache> caches) {
    Optional<Decoder> fast = decoder();
    if (fast.isPresent()) {
      return fast.get().step(tokens, caches);
    }
    try (var _ = TensorScope.open()) {
      Tensor rows = step(tokens, caches).to(ScalarType.Float).contiguous();
      float[] all = NativeMemory.bytes(rows).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      int width = all.length / tokens.length;
      var logits = new float[tokens.length][];
      for (int row = 0; row < tokens.length; row++) {
        logits[row] = Arrays.copyOfRange(all, row * width, (row + 1) * width);
      }
      return logits;
    }
  }

  private Tensor throughBlocks(Tensor first, Context context, @Nullable KvCache cache) {
    try (var scope = TensorScope.open()) {
      Tensor hidden = first;
      for (int layer = 0; layer < blocks.size(); layer++) {
        LayerCache seen = cache == null ? null : cache.layer(layer);
        Tensor next = blocks.get(layer).forward(hidden, context.following(seen));
        hidden.close();
        hidden = next;
      }
      return scope.keep(hidden);
    }
  }

  /**
   * Input of block 0 and the output of each block, that is one more than there are blocks.
   *
   * @param tokens I64 [B, T]
   * @return [B, T, H] each, in the caller's scope
   */
  public List<Tensor> hiddenStates(Tensor tokens) {
    return hiddenStates(tokens, null);
  }

  private List<Tensor> hiddenStates(Tensor tokens, @Nullable Tensor memory) {
    Context context = Context.none().with(memory);
    try (var scope = TensorScope.open()) {
      List<Tensor> states = new ArrayList<>();
      states.add(scope.keep(embedding.forward(tokens, 0)));
      for (Block block : blocks) {
        states.add(scope.keep(block.forward(states.getLast(), context)));
      }
      return states;
    }
  }

  /**
   * Everything on the way: {@code hidden.0} (input of block 0), {@code hidden.k} (output of block
   * k-1), {@code hidden.final} (after the final norm) and {@code logits}, in this order.
   *
   * @param tokens I64 [B, T]
   * @return [B, T, ...] each, in the caller's scope
   */
  public Map<String, Tensor> trace(Tensor tokens) {
    return trace(tokens, null);
  }

  /** The same of a model whose blocks look at another stack's output. */
  Map<String, Tensor> trace(Tensor tokens, @Nullable Tensor memory) {
    try (var scope = TensorScope.open()) {
      Map<String, Tensor> trace = new LinkedHashMap<>();
      List<Tensor> states = hiddenStates(tokens, memory);
      for (int k = 0; k < states.size(); k++) {
        trace.put("hidden." + k, scope.keep(states.get(k)));
      }
      Tensor hidden = states.getLast();
      Tensor normalised = scope.keep(head.normalise(hidden));
      trace.put("hidden.final", normalised);
      trace.put("logits", scope.keep(head.logits(normalised)));
      return trace;
    }
  }

  @Override
  public void close() {
    if (decoder != null) {
      decoder.close();
    }
    embedding.close();
    blocks.forEach(Block::close);
    head.close();
  }
}
