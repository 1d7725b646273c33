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
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import java.nio.ByteOrder;
import java.nio.file.Path;
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

  private static final int BATCH_TOKENS = 2048;

  /** Logits held at once: 16 MiB of F32, in a graph that holds a few such matrices. */
  private static final long LOGITS_AT_ONCE = 1L << 22;

  private final Architecture architecture;
  private final WeightLoader loader;
  private final List<HiddenStates> states = new ArrayList<>();
  private int next;

  private BackwardPass(Architecture architecture, WeightLoader loader) {
    this.architecture = architecture;
    this.loader = loader;
    this.next = architecture.layers() - 1;
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
   * Runs the model forward and samples labels.
   *
   * @param loader weights as they are; its source must stay open
   * @param folder for hidden states that take more than {@code memory} bytes
   * @param seed of the labels
   * @throws CompotException where a weight cannot be used, a file cannot be made or the model
   *     computes NaN
   */
  public static BackwardPass start(
      Architecture architecture,
      WeightLoader loader,
      TokenWindows windows,
      Path folder,
      long memory,
      long seed)
      throws CompotException {
    var pass = new BackwardPass(architecture, loader);
    boolean begun = false;
    try {
      pass.allocate(windows, folder, memory);
      pass.embed(windows);
      for (int layer = 0; layer < architecture.layers(); layer++) {
        pass.forward(layer);
      }
      pass.differentiateHead(new SplittableRandom(seed));
      begun = true;
      return pass;
    } finally {
      if (!begun) {
        pass.close();
      }
    }
  }

  private void allocate(TokenWindows windows, Path folder, long memory) throws FailureException {
    int count = windows.count();
    int length = windows.length();
    var dtype = loader.computation();
    long hidden = architecture.hiddenSize();
    int all = architecture.layers() + 1;
    boolean fits = HiddenStates.bytes(count, length, hidden, dtype) * all <= memory;
    for (int i = 0; i < all; i++) {
      states.add(
          fits
              ? HiddenStates.inMemory(count, length, hidden, dtype)
              : HiddenStates.inFile(
                  folder.resolve("hidden-states-%d.tmp".formatted(i)),
                  count,
                  length,
                  hidden,
                  dtype));
    }
  }

  private void embed(TokenWindows windows) throws CompotException {
    try (Embedding embedding = architecture.embedding(loader)) {
      for (int from = 0; from < windows.count(); from += batchSize()) {
        int to = Math.min(from + batchSize(), windows.count());
        try (var _ = TensorScope.open()) {
          Tensor tokens = Calibration.tokens(windows.windows().subList(from, to));
          Tensor embedded = embedding.forward(tokens, 0);
          Activations.requireUsable(embedded, () -> "embedding: its output");
          states.getFirst().batch(from, to).copy_(embedded);
        }
      }
    }
  }

  private void forward(int layer) throws CompotException {
    try (Block block = architecture.block(layer, loader)) {
      for (int from = 0; from < windows(); from += batchSize()) {
        int to = Math.min(from + batchSize(), windows());
        try (var _ = TensorScope.open()) {
          Tensor batch = states.get(layer).batch(from, to);
          Tensor output = block.forward(batch);
          Activations.requireUsable(
              output, () -> FirstBadLinear.in(architecture, loader, layer, batch));
          states.get(layer + 1).batch(from, to).copy_(output);
        }
      }
    }
  }

  /** Writes the gradient over the last hidden states. */
  private void differentiateHead(SplittableRandom random) throws CompotException {
    long rows = Math.max(1, LOGITS_AT_ONCE / architecture.vocabularySize());
    try (Head head = architecture.head(loader)) {
      for (int window = 0; window < windows(); window++) {
        try (var _ = TensorScope.open()) {
          Tensor whole = states.getLast().batch(window, window + 1);
          for (long from = 0; from < whole.size(1); from += rows) {
            Tensor part = whole.narrow(1, from, Math.min(rows, whole.size(1) - from));
            differentiateHead(head, part, random);
          }
        }
      }
    }
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
   * Goes back through the block whose turn it is.
   *
   * @param inputs whose Gram matrices, and whose projections' output gradients, are wanted
   * @return owned by the caller
   * @throws CompotException naming the layer whose input, output or gradient has NaN or infinite
   *     entries
   */
  public Observed observe(List<SharedInput> inputs) throws CompotException {
    int layer = next--;
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
          backward(layer, block, from, Math.min(from + batchSize(), windows()), probes, observed);
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
      int layer, Block block, int from, int to, Map<String, Tensor> probes, Observed observed)
      throws FailureException {
    try (var _ = TensorScope.open()) {
      Tensor leaf = states.get(layer).batch(from, to).clone().requires_grad_(true);
      Tensor carried = states.getLast().batch(from, to);
      block.forward(leaf).mul(carried).sum().backward();
      for (var probe : probes.entrySet()) {
        Tensor gradient = probe.getValue().grad();
        Activations.requireFinite(gradient, probe.getKey() + ": the gradient of its output");
        Objects.requireNonNull(observed.outputs().get(probe.getKey())).add(gradient);
      }
      for (Gram gram : observed.inputs().values()) {
        gram.requireFinite();
      }
      Tensor before = leaf.grad();
      Activations.requireFinite(before, "block %d: its gradient".formatted(layer));
      carried.copy_(before);
    } finally {
      probes.values().forEach(Tensor::close);
      probes.clear();
    }
  }

  private int windows() {
    return states.getFirst().windows();
  }

  private int batchSize() {
    return Math.max(1, BATCH_TOKENS / states.getFirst().length());
  }

  @Override
  public void close() {
    states.forEach(HiddenStates::close);
  }
}
