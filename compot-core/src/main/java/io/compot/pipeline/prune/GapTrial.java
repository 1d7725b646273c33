package io.compot.pipeline.prune;

import static org.bytedeco.pytorch.global.torch.log_softmax;

import io.compot.calibration.ForwardStates;
import io.compot.calibration.HiddenStates;
import io.compot.error.CompotException;
import io.compot.method.structured.Gap;
import io.compot.model.Block;
import io.compot.model.Context;
import io.compot.model.Head;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** What a model loses with some gaps and their maps in place, on a few samples. */
final class GapTrial {

  /** Samples that tell one gap from another. */
  private static final int SAMPLES = 8;

  /** Logits held at once: 16 MiB of F32. */
  private static final long LOGITS_AT_ONCE = 1L << 22;

  private final PruningJob job;
  private final ForwardStates states;
  private final StopRequest stop;

  GapTrial(PruningJob job, ForwardStates states, StopRequest stop) {
    this.job = job;
    this.states = states;
    this.stop = stop;
  }

  /**
   * Mean KL(original ‖ with gaps) of the next-token distributions.
   *
   * @param maps of the gaps, [H, H]
   * @return nats a token
   */
  double divergence(Map<Gap, Tensor> maps) throws CompotException {
    int first =
        maps.keySet().stream().min(Comparator.comparingInt(Gap::first)).orElseThrow().front();
    int blocks = job.stack().blocks();
    Set<Integer> gone =
        maps.keySet().stream()
            .flatMap(gap -> IntStream.range(gap.first(), gap.end()).boxed())
            .collect(Collectors.toSet());
    Map<String, Tensor> byName = new HashMap<>();
    // Where there is no place for a map there is none.
    maps.forEach((gap, map) ->
        job.stack()
            .closing(gap.front())
            .ifPresent(closing -> byName.put(closing.projection().name(), map)));
    WeightLoader mapping =
        job.loader()
            .decorated(linear -> {
              Tensor map = byName.get(linear.name());
              return map == null ? linear : new MappedOutput(linear, map);
            });
    HiddenStates before = states.before(first);
    int samples = Math.min(SAMPLES, before.samples());
    double sum = 0;
    long tokens = 0;
    try (Head head = job.architecture().head(job.loader());
        var _ = TensorScope.open()) {
      Tensor[] hidden = new Tensor[samples];
      for (int i = 0; i < samples; i++) {
        hidden[i] = before.batch(i, i + 1);
      }
      for (int each = first; each < blocks; each++) {
        if (gone.contains(each)) {
          continue;
        }
        stop.check();
        try (Block block = job.stack().block(each, mapping)) {
          for (int i = 0; i < samples; i++) {
            hidden[i] = block.forward(hidden[i], Context.none());
          }
        }
      }
      for (int i = 0; i < samples; i++) {
        sum += divergence(head, states.before(blocks).batch(i, i + 1), hidden[i]);
        tokens += hidden[i].size(1);
      }
    }
    return tokens == 0 ? 0 : sum / tokens;
  }

  private double divergence(Head head, Tensor original, Tensor other) {
    long rows = Math.max(1, LOGITS_AT_ONCE / job.architecture().vocabularySize());
    double sum = 0;
    for (long from = 0; from < original.size(1); from += rows) {
      try (var _ = TensorScope.open()) {
        long count = Math.min(rows, original.size(1) - from);
        Tensor own = likelihoods(head, original.narrow(1, from, count));
        Tensor off = own.sub(likelihoods(head, other.narrow(1, from, count)));
        sum += own.exp_().mul_(off).sum().item_double();
      }
    }
    return sum;
  }

  private static Tensor likelihoods(Head head, Tensor hidden) {
    try (var scope = TensorScope.open()) {
      Tensor logits = head.logits(head.normalise(hidden)).to(ScalarType.Double);
      return scope.keep(log_softmax(logits, -1));
    }
  }
}
