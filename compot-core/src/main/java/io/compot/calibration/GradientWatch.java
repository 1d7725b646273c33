package io.compot.calibration;

import io.compot.error.FailureException;
import io.compot.model.Linear;
import io.compot.model.ObservedLinear;
import io.compot.model.ProbedLinear;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.tensor.TensorScope;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntPredicate;
import org.bytedeco.pytorch.Tensor;

/**
 * Takes what a block's way back shows of some inputs and their projections. In models of several
 * stacks it keeps a batch's inputs until the gradients are there.
 */
final class GradientWatch implements AutoCloseable {

  /** Samples, tokens, numbers. */
  private static final int OF_SAMPLES = 3;

  /** Whole gradients of a block's projections take at most so many bytes. */
  private static final long ROOM = 1L << 30;

  /** Of fewer samples a prediction would be chance. */
  private static final long FEWEST = 8;

  /** Tokens for each input below which a weight can be fitted to their chance. */
  private static final long MANY = 4;

  private final Map<SharedInput, Gram> inputs = new LinkedHashMap<>();
  private final Map<String, Gram> outputs = new LinkedHashMap<>();
  private final Map<String, SampleGradients> samples = new HashMap<>();
  private final Map<String, Half> halves = new HashMap<>();

  /** By the name of an input's first projection. */
  private final Map<String, SharedInput> watched = new HashMap<>();

  /** Of the batch that is under way. */
  private final Map<String, Tensor> seen = new HashMap<>();

  private boolean done;

  /**
   * Nothing seen yet.
   *
   * @param whole whether samples' whole gradients are wanted
   */
  GradientWatch(List<SharedInput> wanted, Lengths lengths, boolean whole) {
    long bytes = wanted.stream().mapToLong(GradientWatch::bytes).sum();
    for (SharedInput input : wanted) {
      String name = input.first().name();
      inputs.put(input, new Gram(name, input.in()));
      watched.put(name, input);
      boolean alone = whole && input.first().expert().isEmpty();
      boolean few = alone && lengths.total() < MANY * input.in();
      if (few) {
        halves.put(name, new Half(input));
      }
      for (Projection projection : input.projections()) {
        outputs.put(projection.name(), Gram.ofSingleProducts(projection.name(), projection.out()));
        if (alone) {
          samples.put(projection.name(), new SampleGradients(kept(few, lengths.count(), bytes)));
        }
      }
    }
  }

  private static long bytes(SharedInput input) {
    return input.projections().stream()
        .mapToLong(each -> each.in() * each.out() * Float.BYTES)
        .sum();
  }

  /** Every second sample where the others are fitted to, and as many of these as there is room. */
  private static IntPredicate kept(boolean few, int count, long bytes) {
    int apart = few ? 2 : 1;
    int left = count / apart;
    long room = Math.min(left, ROOM / Math.max(1, bytes));
    if (room < Math.min(left, FEWEST) || left == 0) {
      return _ -> false;
    }
    int stride = Math.ceilDiv(left, Math.toIntExact(room));
    return sample -> sample % apart == apart - 1 && sample / apart % stride == 0;
  }

  /** What passes a projection on, watched. */
  Linear watching(Linear linear, Map<String, Tensor> probes) {
    if (!outputs.containsKey(linear.name())) {
      return linear;
    }
    var probed = new ProbedLinear(linear, probe -> probes.put(linear.name(), probe));
    SharedInput input = watched.get(linear.name());
    return input == null ? probed : new ObservedLinear(probed, x -> see(input, x.detach()));
  }

  private void see(SharedInput input, Tensor x) {
    Objects.requireNonNull(inputs.get(input)).add(x);
    if (x.dim() == OF_SAMPLES && samples.containsKey(input.first().name())) {
      try (var scope = TensorScope.open()) {
        Tensor before = seen.put(input.first().name(), scope.own(x.clone()));
        if (before != null) {
          before.close();
        }
      }
    }
  }

  /** Takes the gradients of a batch, by projection. */
  void take(Map<String, Tensor> probes) throws FailureException {
    for (var probe : probes.entrySet()) {
      Tensor gradient = probe.getValue().grad();
      Activations.requireFinite(gradient, probe.getKey() + ": the gradient of its output");
      Objects.requireNonNull(outputs.get(probe.getKey())).add(gradient);
    }
    for (Gram gram : inputs.values()) {
      gram.requireFinite();
    }
    for (SharedInput input : inputs.keySet()) {
      Tensor x = seen.get(input.first().name());
      if (x != null) {
        take(input, x, probes);
      }
    }
    forget();
  }

  private void take(SharedInput input, Tensor x, Map<String, Tensor> probes) {
    Half half = halves.get(input.first().name());
    if (half != null) {
      half.addInputs(x);
    }
    for (Projection projection : input.projections()) {
      Tensor probe = probes.get(projection.name());
      SampleGradients whole = samples.get(projection.name());
      if (probe != null && whole != null) {
        whole.add(x, probe.grad());
        if (half != null) {
          half.addOutputs(projection.name(), probe.grad());
        }
      }
    }
    if (half != null) {
      half.end(x.size(0));
    }
  }

  /** All that was seen, which the caller owns from now on. */
  BackwardPass.Observed observed() {
    done = true;
    return new BackwardPass.Observed(inputs, outputs, samples, halves);
  }

  private void forget() {
    seen.values().forEach(Tensor::close);
    seen.clear();
  }

  @Override
  public void close() {
    forget();
    if (!done) {
      observed().close();
    }
  }

  /** Sums over every second sample, from the first: what others are held to is not among them. */
  static final class Half implements AutoCloseable {

    private final Gram inputs;
    private final Map<String, Gram> outputs = new HashMap<>();
    private long samples;

    private Half(SharedInput input) {
      this.inputs = new Gram(input.first().name(), input.in());
      for (Projection each : input.projections()) {
        outputs.put(each.name(), Gram.ofSingleProducts(each.name(), each.out()));
      }
    }

    private void addInputs(Tensor x) {
      add(x, inputs);
    }

    private void addOutputs(String projection, Tensor gradient) {
      add(gradient, Objects.requireNonNull(outputs.get(projection)));
    }

    private void add(Tensor batch, Gram sum) {
      for (long sample = samples % 2; sample < batch.size(0); sample += 2) {
        try (var _ = TensorScope.open()) {
          sum.add(batch.select(0, sample));
        }
      }
    }

    private void end(long added) {
      samples += added;
    }

    Gram inputs() {
      return inputs;
    }

    Gram outputs(String projection) {
      return Objects.requireNonNull(outputs.get(projection));
    }

    @Override
    public void close() {
      inputs.close();
      outputs.values().forEach(Gram::close);
    }
  }
}
