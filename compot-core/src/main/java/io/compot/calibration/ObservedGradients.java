package io.compot.calibration;

import io.compot.model.SharedInput;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What one block's way back shows ({@link BackwardPass}).
 *
 * @param inputs XᵀX of each input asked for
 * @param outputs the sum of ggᵀ over all tokens of each projection of these inputs, by name
 * @param samples whole gradients of samples, by projection, in models of several stacks
 * @param halves of inputs of few tokens, by their first projection
 */
public record ObservedGradients(
    Map<SharedInput, Gram> inputs,
    Map<String, Gram> outputs,
    Map<String, SampleGradients> samples,
    Map<String, List<GradientWatch.Half>> halves)
    implements AutoCloseable {

  /**
   * What a weight is fitted to for a prediction, and what then tells the rise: of few tokens one
   * half and the other, and the other way round; else all and all.
   *
   * @param scored tokens whose loss it is
   */
  public List<Fold> folds(SharedInput input, String projection, long scored) {
    Gram in = Objects.requireNonNull(inputs.get(input));
    Gram out = Objects.requireNonNull(outputs.get(projection));
    SampleGradients whole = samples.get(projection);
    var both = halves.getOrDefault(input.first().name(), List.of());
    return both.isEmpty()
        ? List.of(new Fold(in, out, new PredictedRise(in, out, scored, whole, _ -> true)))
        : both.stream()
            .map(half ->
                new Fold(
                    half.inputs(),
                    half.outputs(projection),
                    new PredictedRise(in, out, scored, whole, half::leaves)))
            .toList();
  }

  /**
   * Moves a projection's sums of ggᵀ towards multiples of the identity ({@link Gram#shrink}), by at
   * least what tokens have in common.
   */
  public void shrink(SharedInput input, String projection) {
    SampleGradients whole = samples.get(projection);
    double common = whole == null ? 0 : 1 - 1 / Math.max(1, whole.coherence());
    Objects.requireNonNull(outputs.get(projection)).shrink(common);
    halves
        .getOrDefault(input.first().name(), List.of())
        .forEach(half -> half.outputs(projection).shrink(common));
  }

  @Override
  public void close() {
    inputs.values().forEach(Gram::close);
    outputs.values().forEach(Gram::close);
    samples.values().forEach(SampleGradients::close);
    halves.values().forEach(both -> both.forEach(GradientWatch.Half::close));
  }
}
