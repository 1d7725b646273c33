package io.compot.calibration;

import io.compot.error.FailureException;
import io.compot.model.SharedInput;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** What an input looks like in the original model and behind what was compressed before it. */
public final class PairedInputs implements AutoCloseable {

  private final String name;
  private final Gram gram;
  private final Drift drift;
  private final @Nullable Gram original;

  private PairedInputs(String name, Gram gram, Drift drift, @Nullable Gram original) {
    this.name = name;
    this.gram = gram;
    this.drift = drift;
    this.original = original;
  }

  /**
   * Nothing yet.
   *
   * @param originals whether XᵀX is wanted
   */
  static PairedInputs none(SharedInput input, boolean originals) {
    String name = input.first().name();
    return new PairedInputs(
        name,
        new Gram(name, input.in()),
        new Drift(input.in()),
        originals ? new Gram(name, input.in()) : null);
  }

  /**
   * Sums that were taken before, all owned by the new object.
   *
   * @param drift as {@link #driftSums} gave it
   * @param tokens in it, as {@link #tokens()} said
   */
  public static PairedInputs of(
      SharedInput input, Gram gram, Tensor drift, long tokens, @Nullable Gram original) {
    return new PairedInputs(input.first().name(), gram, Drift.of(drift, tokens), original);
  }

  /** Of the projections that it belongs to, for messages. */
  public String name() {
    return name;
  }

  /** X′ᵀX′. */
  public Gram gram() {
    return gram;
  }

  /**
   * What was summed of the drift from X to X′, [in + 1, in], double: X′ᵀ(X − X′), and under it Σ(X
   * − X′)² of each input. Belongs to this object.
   */
  public Tensor driftSums() {
    return drift.sums();
  }

  Drift drift() {
    return drift;
  }

  /** Tokens in the drift: those that both models showed. */
  public long tokens() {
    return drift.tokens();
  }

  /** XᵀX; null where nobody asked for it. */
  public @Nullable Gram original() {
    return original;
  }

  void add(Tensor after, @Nullable Tensor before, boolean aligned) throws FailureException {
    gram.add(after);
    gram.requireFinite();
    if (before != null && original != null) {
      original.add(before);
      original.requireFinite();
    }
    if (before != null && aligned) {
      Activations.requireFinite(before, name + ": its input in the original model");
      drift.add(after, before);
    }
  }

  /** What is added next belongs to another of the samples' {@linkplain Lengths#parts parts}. */
  void endPart() {
    gram.endPart();
    drift.endPart();
    if (original != null) {
      original.endPart();
    }
  }

  /**
   * W* of a weight, W + (X′ᵀX′ + μI)⁻¹X′ᵀ(X − X′)W.
   *
   * @param weight torch layout [out, in]
   * @param ridge the least μ as a part of the mean diagonal entry of X′ᵀX′, above 0
   * @return [out, in], double, in the caller's scope
   */
  public Tensor target(Tensor weight, double ridge) {
    return drift.target(gram, weight, ridge);
  }

  @Override
  public void close() {
    gram.close();
    drift.close();
    if (original != null) {
      original.close();
    }
  }
}
