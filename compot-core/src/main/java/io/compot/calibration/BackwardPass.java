package io.compot.calibration;

import static org.bytedeco.pytorch.global.torch.log_softmax;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.model.Architecture;
import io.compot.model.Block;
import io.compot.model.Embedding;
import io.compot.model.Head;
import io.compot.model.ObservedLinear;
import io.compot.model.ProbedLinear;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * One backward pass over calibration windows, block by block from the last to the first. The labels
 * are sampled from the model itself, so E[ggᵀ] of a projection's output gradients g is the Fisher
 * information of that output: for small changes ΔW of the weight,
 *
 * <pre>
 * ½ tr(E[ggᵀ] ΔW E[xxᵀ] ΔWᵀ)
 * </pre>
 *
 * predicts the rise of the mean loss a token, which is also the mean KL divergence, in nats (what
 * changes at different tokens have in common is left out). Kept are the hidden states before each
 * block, in memory or in mapped files, and one gradient; a block is run again when its turn comes,
 * so that weights and graph of one block are held at a time.
 */
public final class BackwardPass implements AutoCloseable {

  /** Logits held at once: 16 MiB of F32, in a graph that holds a few such matrices. */
  private static final long LOGITS_AT_ONCE = 1L << 22;

  private final Architecture architecture;
  private final WeightLoader loader;
  private final StateStore store;
  private final HiddenStates.Shape shape;

  /** Before each block whose turn is to come, and while going forward before the head. */
  private final List<HiddenStates> states = new ArrayList<>();

  private @Nullable HiddenStates gradient;
  private StateStore.@Nullable Sink before;
  private int next;

  private BackwardPass(
      Architecture architecture, WeightLoader loader, StateStore store, HiddenStates.Shape shape) {
    this.architecture = architecture;
    this.loader = loader;
    this.store = store;
    this.shape = shape;
  }

  /**
   * What one block's pass shows.
   *
   * @param inputs XᵀX of each input asked for
   * @param outputs the sum of ggᵀ over all tokens of each projection of these inputs, by name
   */
  public record Observed(Map<SharedInput, Gram> inputs, Map<String, Gram> outputs)
      implements AutoCloseable {
    @Override
    public void close() {
      inputs.values().forEach(Gram::close);
      outputs.values().forEach(Gram::close);
    }
  }

  /**
   * Runs the model forward and samples labels, or goes on from states of an earlier process.
   *
   * @param loader weights as they are; its source must stay open
   * @param store for the hidden states before each block, and the gradients
   * @param wanted the last block that somebody wants to see; gradients behind it may be skipped
   * @param seed of the labels
   * @param stop looked at before each block and each window of the head
   * @throws CompotException where a weight cannot be used, a file cannot be made or the model
   *     computes NaN
   */
  public static BackwardPass start(
      Architecture architecture,
      WeightLoader loader,
      TokenWindows windows,
      StateStore store,
      int wanted,
      long seed,
      StopRequest stop)
      throws CompotException {
    var shape =
        new HiddenStates.Shape(
            windows.count(), windows.length(), architecture.hiddenSize(), loader.computation());
    var pass = new BackwardPass(architecture, loader, store, shape);
    boolean begun = false;
    try {
      if (!pass.goOn(wanted)) {
        pass.forward(windows, stop);
        pass.differentiateHead(new SplittableRandom(seed), stop);
      }
      begun = true;
      return pass;
    } finally {
      if (!begun) {
        pass.close();
      }
    }
  }

  private static String state(int block) {
    return "state-" + block;
  }

  private static String gradient(int block) {
    return "gradient-" + block;
  }

  /** Finds the gradient before a block behind the one that is wanted, and the states before it. */
  private boolean goOn(int wanted) throws CompotException {
    for (int block = wanted + 1; block <= architecture.layers(); block++) {
      var found = store.find(gradient(block), shape);
      if (found.isPresent()) {
        findStates(block);
        if (states.size() == block) {
          gradient = found.get();
          next = block - 1;
          return true;
        }
        found.get().close();
      }
    }
    findStates(architecture.layers() + 1);
    return false;
  }

  private void findStates(int count) throws CompotException {
    while (states.size() < count) {
      var found = store.find(state(states.size()), shape);
      if (found.isEmpty()) {
        return;
      }
      states.add(found.get());
    }
  }

  private void forward(TokenWindows windows, StopRequest stop) throws CompotException {
    if (states.isEmpty()) {
      try (var sink = store.create(state(0), shape)) {
        embed(windows, sink);
        states.add(sink.finish());
      }
    }
    while (states.size() <= architecture.layers()) {
      stop.check();
      int layer = states.size() - 1;
      try (var sink = store.create(state(layer + 1), shape)) {
        forward(layer, sink);
        states.add(sink.finish());
      }
    }
  }

  private void embed(TokenWindows windows, StateStore.Sink sink) throws CompotException {
    try (Embedding embedding = architecture.embedding(loader)) {
      for (int from = 0; from < windows.count(); from += batchSize()) {
        int to = Math.min(from + batchSize(), windows.count());
        try (var _ = TensorScope.open()) {
          Tensor tokens = Calibration.tokens(windows.windows().subList(from, to));
          Tensor embedded = embedding.forward(tokens, 0);
          Activations.requireUsable(embedded, () -> "embedding: its output");
          sink.add(stored(embedded));
        }
      }
    }
  }

  private void forward(int layer, StateStore.Sink sink) throws CompotException {
    try (Block block = architecture.block(layer, loader)) {
      for (int from = 0; from < windows(); from += batchSize()) {
        int to = Math.min(from + batchSize(), windows());
        try (var _ = TensorScope.open()) {
          Tensor batch = states.get(layer).batch(from, to);
          Tensor output = block.forward(batch);
          Activations.requireUsable(
              output, () -> FirstBadLinear.in(architecture, loader, layer, batch));
          sink.add(stored(output));
        }
      }
    }
  }

  private Tensor stored(Tensor tensor) {
    return tensor.to(shape.dtype().scalarType()).contiguous();
  }

  /** Makes the gradient over the last hidden states. */
  private void differentiateHead(SplittableRandom random, StopRequest stop) throws CompotException {
    long rows = Math.max(1, LOGITS_AT_ONCE / architecture.vocabularySize());
    HiddenStates last = states.removeLast();
    try (Head head = architecture.head(loader);
        var sink = store.create(gradient(architecture.layers()), shape)) {
      for (int window = 0; window < windows(); window++) {
        stop.check();
        try (var _ = TensorScope.open()) {
          Tensor whole = last.batch(window, window + 1).clone();
          for (long from = 0; from < whole.size(1); from += rows) {
            Tensor part = whole.narrow(1, from, Math.min(rows, whole.size(1) - from));
            differentiateHead(head, part, random);
          }
          sink.add(whole);
        }
      }
      gradient = sink.finish();
      last.discard();
    } finally {
      last.close();
    }
    next = architecture.layers() - 1;
  }

  private static void differentiateHead(Head head, Tensor hidden, SplittableRandom random)
      throws FailureException {
    try (var _ = TensorScope.open()) {
      Tensor leaf = hidden.clone().requires_grad_(true);
      Tensor logits = head.logits(head.normalise(leaf)).to(ScalarType.Float);
      Tensor likelihoods = log_softmax(logits, -1);
      Tensor labels = sample(likelihoods.detach(), random);
      likelihoods.gather(-1, labels).sum().backward();
      Tensor gradient = leaf.grad();
      Activations.requireFinite(gradient, "head: its gradient");
      hidden.copy_(gradient);
    }
  }

  /** One label a position by the inverse of the distribution function, [..., 1]. */
  private static Tensor sample(Tensor likelihoods, SplittableRandom random) {
    try (var scope = TensorScope.open()) {
      Tensor sums = likelihoods.to(ScalarType.Double).exp_().cumsum(-1);
      long last = sums.size(-1) - 1;
      Tensor drawn = sums.narrow(-1, last, 1).contiguous();
      var values = NativeMemory.bytes(drawn).asByteBuffer().order(ByteOrder.nativeOrder());
      for (int i = 0; values.remaining() > 0; i++) {
        values.putDouble(values.getDouble(i * Double.BYTES) * random.nextDouble());
      }
      Tensor below =
          sums.le(drawn)
              .sum(
                  new long[] {-1},
                  true,
                  new org.bytedeco.pytorch.ScalarTypeOptional(ScalarType.Long));
      return scope.keep(below.clamp_max(new Scalar(last)));
    }
  }

  /** The block whose turn it is; -1 when all are done. */
  public int next() {
    return next;
  }

  /**
   * Goes back through the block whose turn it is. {@link #advance} then makes the one before it the
   * next.
   *
   * @param inputs whose Gram matrices, and whose projections' output gradients, are wanted
   * @return owned by the caller
   * @throws CompotException naming the layer whose input, output or gradient has NaN or infinite
   *     entries
   */
  public Observed observe(List<SharedInput> inputs) throws CompotException {
    int layer = next;
    closeBefore();
    var sink = store.create(gradient(layer), shape);
    before = sink;
    var observed = new Observed(new LinkedHashMap<>(), new LinkedHashMap<>());
    var byName = new HashMap<String, Gram>();
    boolean done = false;
    try {
      for (SharedInput input : inputs) {
        var gram = new Gram(input.first().name(), input.in());
        observed.inputs().put(input, gram);
        byName.put(input.first().name(), gram);
        for (Projection projection : input.projections()) {
          String name = projection.name();
          observed.outputs().put(name, Gram.ofSingleProducts(name, projection.out()));
        }
      }
      var probes = new LinkedHashMap<String, Tensor>();
      WeightLoader probing =
          loader.decorated(linear -> {
            if (!observed.outputs().containsKey(linear.name())) {
              return linear;
            }
            var probed = new ProbedLinear(linear, probe -> probes.put(linear.name(), probe));
            Gram gram = byName.get(linear.name());
            return gram == null ? probed : new ObservedLinear(probed, x -> gram.add(x.detach()));
          });
      try (Block block = architecture.block(layer, probing)) {
        for (int from = 0; from < windows(); from += batchSize()) {
          int to = Math.min(from + batchSize(), windows());
          backward(layer, block, from, to, probes, observed, sink);
        }
      }
      done = true;
      return observed;
    } finally {
      if (!done) {
        observed.close();
      }
    }
  }

  private void backward(
      int layer,
      Block block,
      int from,
      int to,
      Map<String, Tensor> probes,
      Observed observed,
      StateStore.Sink sink)
      throws FailureException {
    try (var _ = TensorScope.open()) {
      Tensor leaf = states.get(layer).batch(from, to).clone().requires_grad_(true);
      Tensor after = Objects.requireNonNull(gradient).batch(from, to);
      block.forward(leaf).mul(after).sum().backward();
      for (var probe : probes.entrySet()) {
        Tensor gradient = probe.getValue().grad();
        Activations.requireFinite(gradient, probe.getKey() + ": the gradient of its output");
        Objects.requireNonNull(observed.outputs().get(probe.getKey())).add(gradient);
      }
      for (Gram gram : observed.inputs().values()) {
        gram.requireFinite();
      }
      Tensor through = leaf.grad();
      Activations.requireFinite(through, "block %d: its gradient".formatted(layer));
      sink.add(stored(through));
    } finally {
      probes.values().forEach(Tensor::close);
      probes.clear();
    }
  }

  /** Goes on to the block before: the gradient behind it is kept, and what that came from goes. */
  public void advance() throws FailureException {
    HiddenStates after = Objects.requireNonNull(gradient);
    try (var sink = Objects.requireNonNull(before)) {
      gradient = sink.finish();
    }
    before = null;
    after.discard();
    states.removeLast().discard();
    next--;
  }

  /** The pass is done: nobody needs its states any more. */
  public void discard() throws FailureException {
    closeBefore();
    if (gradient != null) {
      gradient.discard();
    }
    for (HiddenStates each : states) {
      each.discard();
    }
  }

  private void closeBefore() throws FailureException {
    if (before != null) {
      before.close();
      before = null;
    }
  }

  private int windows() {
    return shape.windows();
  }

  private int batchSize() {
    return Calibration.batchSize(shape.length());
  }

  @Override
  public void close() throws FailureException {
    states.forEach(HiddenStates::close);
    if (gradient != null) {
      gradient.close();
    }
    closeBefore();
  }
}
