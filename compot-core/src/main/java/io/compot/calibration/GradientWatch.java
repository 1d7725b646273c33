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
  private final Map<String, List<Half>> halves = new HashMap<>();

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
    int stride = whole ? stride(wanted, lengths.count()) : 0;
    for (SharedInput input : wanted) {
      String name = input.first().name();
      inputs.put(input, new Gram(name, input.in()));
      watched.put(name, input);
      boolean alone = whole && input.first().expert().isEmpty();
      if (alone && stride > 0 && lengths.total() < MANY * input.in()) {
        halves.put(name, List.of(new Half(input, 0), new Half(input, 1)));
      }
      for (Projection projection : input.projections()) {
        outputs.put(projection.name(), Gram.ofSingleProducts(projection.name(), projection.out()));
        if (alone) {
          samples.put(
              projection.name(),
              // In pairs of neighbours: one of either half.
              new SampleGradients(sample -> stride > 0 && sample / 2 % stride == 0));
        }
      }
    }
  }

  /** Of how many samples one's gradients are kept; 0 for none, where too few have room. */
  private static int stride(List<SharedInput> wanted, int count) {
    long bytes =
        wanted.stream()
            .flatMap(input -> input.projections().stream())
            .mapToLong(each -> each.in() * each.out() * Float.BYTES)
            .sum();
    long room = Math.min(count, ROOM / Math.max(1, bytes));
    return count < 2 || room < Math.min(count, FEWEST)
        ? 0
        : Math.ceilDiv(count, Math.toIntExact(room));
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
    List<Half> both = halves.getOrDefault(input.first().name(), List.of());
    both.forEach(half -> half.addInputs(x));
    for (Projection projection : input.projections()) {
      Tensor probe = probes.get(projection.name());
      SampleGradients whole = samples.get(projection.name());
      if (probe != null && whole != null) {
        whole.add(x, probe.grad());
        both.forEach(half -> half.addOutputs(projection.name(), probe.grad()));
      }
    }
    both.forEach(half -> half.end(x.size(0)));
  }

  /** All that was seen, which the caller owns from now on. */
  ObservedGradients observed() {
    done = true;
    return new ObservedGradients(inputs, outputs, samples, halves);
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

  /** Sums over every second sample: what is fitted to them is held to the others. */
  static final class Half implements AutoCloseable {

    private final int parity;
    private final Gram inputs;
    private final Map<String, Gram> outputs = new HashMap<>();
    private long samples;

    private Half(SharedInput input, int parity) {
      this.parity = parity;
      this.inputs = new Gram(input.first().name(), input.in());
      for (Projection each : input.projections()) {
        outputs.put(each.name(), Gram.ofSingleProducts(each.name(), each.out()));
      }
    }

    /** Whether a sample is not among them. */
    boolean leaves(int sample) {
      return sample % 2 != parity;
    }

    private void addInputs(Tensor x) {
      add(x, inputs);
    }

    private void addOutputs(String projection, Tensor gradient) {
      add(gradient, Objects.requireNonNull(outputs.get(projection)));
    }

    private void add(Tensor batch, Gram sum) {
      for (long sample = (samples + parity) % 2; sample < batch.size(0); sample += 2) {
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
