package io.compot.calibration;

import io.compot.tensor.TensorScope;
import java.util.HashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/** Keeps the inputs of a batch until the gradients of their projections' outputs are there. */
final class CoherentInputs implements AutoCloseable {

  /** Samples, tokens, numbers. */
  private static final int OF_SAMPLES = 3;

  private record Pair(String input, Coherence coherence) {}

  private final Map<String, Pair> pairs = new HashMap<>();
  private final Map<String, Tensor> seen = new HashMap<>();

  /** How much tokens have in common at a projection. */
  Coherence of(String input, String projection) {
    var coherence = new Coherence();
    pairs.put(projection, new Pair(input, coherence));
    return coherence;
  }

  /** Takes a copy of an input, where somebody asks for it. */
  void see(String input, Tensor x) {
    if (x.dim() == OF_SAMPLES
        && pairs.values().stream().anyMatch(each -> each.input().equals(input))) {
      try (var scope = TensorScope.open()) {
        Tensor before = seen.put(input, scope.own(x.clone()));
        if (before != null) {
          before.close();
        }
      }
    }
  }

  /** Takes the gradients of a batch, by projection; the inputs go. */
  void take(Map<String, Tensor> probes) {
    pairs.forEach((projection, pair) -> {
      Tensor probe = probes.get(projection);
      Tensor input = seen.get(pair.input());
      if (probe != null && input != null) {
        pair.coherence().add(input, probe.grad());
      }
    });
    close();
  }

  @Override
  public void close() {
    seen.values().forEach(Tensor::close);
    seen.clear();
  }
}
