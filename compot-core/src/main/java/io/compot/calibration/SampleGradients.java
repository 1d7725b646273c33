package io.compot.calibration;

import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * The whole gradient of a weight in each sample's loss, Gₛ = Σ gₜxₜᵀ over its tokens. With labels
 * sampled from the model the rise of the loss that a change ΔW is predicted to cause is
 *
 * <pre>
 * ½ Σₛ ⟨Gₛ, ΔW⟩² / scored tokens
 * </pre>
 *
 * with nothing assumed of inputs and gradients, which E[ggᵀ] ⊗ E[xxᵀ] takes to be independent and
 * tokens to add up by chance. A decoder that looks at thousands of places of an encoder at once
 * adds up what they have in common, and looks where something is said while most places are silent
 * (Eschenhagen et al. 2023 tell such "reduced" weights from "expanded" ones). Owns native memory.
 */
public final class SampleGradients implements AutoCloseable {

  private record Kept(int sample, Tensor gradient) {}

  private final IntPredicate wanted;
  private final List<Kept> kept = new ArrayList<>();
  private int samples;
  private double together;
  private double apart;

  /**
   * Nothing yet.
   *
   * @param wanted samples, from 0, whose gradients are kept
   */
  SampleGradients(IntPredicate wanted) {
    this.wanted = wanted;
  }

  /**
   * Adds a batch.
   *
   * @param inputs x, [samples, tokens, in]
   * @param gradients g, [samples, tokens, out]
   */
  void add(Tensor inputs, Tensor gradients) {
    for (long sample = 0; sample < inputs.size(0); sample++) {
      try (var scope = TensorScope.open()) {
        Tensor x = inputs.select(0, sample).to(ScalarType.Float);
        Tensor g = gradients.select(0, sample).to(ScalarType.Float);
        Tensor whole = g.t().mm(x);
        together += sum(whole.square());
        apart += sum(g.square().sum(1).mul(x.square().sum(1)));
        if (wanted.test(samples)) {
          kept.add(new Kept(samples, scope.own(whole.clone())));
        }
        samples++;
      }
    }
  }

  private static double sum(Tensor x) {
    return x.to(ScalarType.Double).sum().item_double();
  }

  /**
   * How much more the tokens of a sample do together than each by itself, Σ ‖Gₛ‖² / Σ Σₜ
   * ‖gₜ‖²‖xₜ‖²: 1 where they have nothing in common, or where nothing came by.
   */
  public double coherence() {
    return apart > 0 && Double.isFinite(together / apart) ? together / apart : 1;
  }

  /** Whether enough of them are kept to predict from. */
  boolean known() {
    return !kept.isEmpty();
  }

  /**
   * The predicted rise of the mean loss, in nats a token.
   *
   * @param change ΔW, [out, in], any floating type
   * @param scored tokens of all samples whose loss it is
   * @param asked samples that are asked; the others are taken to say the same
   */
  double rise(Tensor change, long scored, IntPredicate asked) {
    try (var _ = TensorScope.open()) {
      Tensor other = change.to(ScalarType.Float);
      double sum = 0;
      int count = 0;
      for (Kept each : kept) {
        if (asked.test(each.sample())) {
          double slope = sum(each.gradient().mul(other));
          sum += slope * slope;
          count++;
        }
      }
      return count == 0 ? 0 : sum / 2 / scored * samples / count;
    }
  }

  @Override
  public void close() {
    kept.forEach(each -> each.gradient().close());
    kept.clear();
  }
}
