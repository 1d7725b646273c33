package io.compot.method.structured;

import io.compot.method.StepKind;
import io.compot.setting.Kind;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import java.util.List;

/**
 * Healing: the weights or factors of blocks that were changed are trained, their types and supports
 * fixed.
 *
 * @param towards what
 * @param rounds over the calibration text
 * @param rate of AdamW at the start, which rises over some steps, falls to 0 by a cosine, and is a
 *     quarter of it behind each measurement of the whole model that is no better
 */
public record HealMethod(Towards towards, int rounds, double rate) implements StructuredMethod {

  /** What is trained to be what it was, or is to be. */
  public enum Towards {
    /**
     * The original's next-token distributions: the whole model, by the KL divergence (distillation,
     * arXiv 1503.02531).
     */
    DISTRIBUTIONS,
    /** The text's next tokens, as a model is trained before. */
    TEXT,
    /**
     * The original's hidden states: each block by itself, of the states in front of it to those
     * that stood behind it. No pass through the whole model is needed.
     */
    STATES
  }

  /** What may be said of it. */
  public static final Schema<HealMethod> SCHEMA =
      new Schema<>(
          "heal",
          "what is left trained to do what the original did; a step behind prune or factorise",
          new HealMethod(Towards.DISTRIBUTIONS, 8, 0.001),
          List.of(
              new Setting<>(
                  "towards",
                  new Kind.Choice<>(Towards.class),
                  "What is trained: the whole model towards the original's next-token distributions"
                      + " or the text's tokens (text), or each block by itself towards the states"
                      + " behind it (states), which takes less time and memory.",
                  HealMethod::towards,
                  (method, each) -> new HealMethod(each, method.rounds, method.rate)),
              new Setting<>(
                  "rounds",
                  new Kind.Whole(1, 10_000),
                  "Rounds over the calibration text, of which an eighth is held out to choose the"
                      + " best.",
                  HealMethod::rounds,
                  (method, each) -> new HealMethod(method.towards, each, method.rate)),
              new Setting<>(
                  "rate",
                  new Kind.Real(
                      new Kind.Real.Bounds(0, true, 1, false, "a number above 0 and at most 1")),
                  "Learning rate at the start; a quarter of it after each measurement of the whole model that is no better.",
                  HealMethod::rate,
                  (method, each) -> new HealMethod(method.towards, method.rounds, each))));

  @Override
  public Schema<HealMethod> schema() {
    return SCHEMA;
  }

  @Override
  public StepKind step() {
    return StepKind.HEAL;
  }

  /** It makes nothing smaller. */
  @Override
  public boolean sizesItself() {
    return true;
  }
}
