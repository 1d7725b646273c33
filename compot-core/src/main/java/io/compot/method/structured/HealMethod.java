package io.compot.method.structured;

import io.compot.method.StepKind;
import io.compot.setting.Kind;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import java.util.List;

/**
 * Healing, block by block: the weights or factors of each block that was changed are trained so
 * that it gives, of the original's hidden states in front of it, those that stood behind it in the
 * original. No pass through the whole model is needed, and no block waits for another.
 *
 * @param rounds over the calibration text
 * @param rate of AdamW at the start, which falls to 0 by a cosine
 */
public record HealMethod(int rounds, double rate) implements StructuredMethod {

  /** What may be said of it. */
  public static final Schema<HealMethod> SCHEMA =
      new Schema<>(
          "heal",
          "blocks trained to give what they gave; a step behind prune or factorise",
          new HealMethod(8, 0.001),
          List.of(
              new Setting<>(
                  "rounds",
                  new Kind.Whole(1, 10_000),
                  "Rounds over the calibration text, of which an eighth is held out to choose the"
                      + " best.",
                  HealMethod::rounds,
                  (method, each) -> new HealMethod(each, method.rate)),
              new Setting<>(
                  "rate",
                  new Kind.Real(
                      new Kind.Real.Bounds(0, true, 1, false, "a number above 0 and at most 1")),
                  "Learning rate at the start.",
                  HealMethod::rate,
                  (method, each) -> new HealMethod(method.rounds, each))));

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
