package io.compot.method.structured;

import io.compot.method.StepKind;
import io.compot.setting.Kind;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import java.util.List;
import java.util.Optional;

/**
 * Healing: the weights or factors of blocks that were changed are trained, their types and supports
 * fixed; or updates of low rank, which are added to the weights at the end (LoRA, arXiv 2106.09685,
 * as LLM-Pruner recovers what it pruned).
 *
 * @param towards what
 * @param rounds over the calibration text
 * @param rate of AdamW at the start, which rises over some steps, falls to 0 by a cosine, and is a
 *     quarter of it behind each measurement of the whole model that is no better
 * @param lora rank of the updates; 0 where the weights themselves are trained
 * @param alpha that updates are multiplied by over their rank; none for {@link #USUAL_ALPHA}
 */
public record HealMethod(Towards towards, int rounds, double rate, int lora, Optional<Double> alpha)
    implements StructuredMethod {

  /** That of LLM-Pruner. */
  private static final double USUAL_ALPHA = 16;

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
          new HealMethod(Towards.DISTRIBUTIONS, 8, 0.001, 0, Optional.empty()),
          List.of(
              new Setting<>(
                  "towards",
                  new Kind.Choice<>(Towards.class),
                  "What is trained: the whole model towards the original's next-token distributions"
                      + " or the text's tokens (text), or each block by itself towards the states"
                      + " behind it (states), which takes less time and memory.",
                  HealMethod::towards,
                  (method, each) ->
                      new HealMethod(each, method.rounds, method.rate, method.lora, method.alpha)),
              new Setting<>(
                  "rounds",
                  new Kind.Whole(1, 10_000),
                  "Rounds over the calibration text, of which an eighth is held out to choose the"
                      + " best.",
                  HealMethod::rounds,
                  (method, each) ->
                      new HealMethod(method.towards, each, method.rate, method.lora, method.alpha)),
              new Setting<>(
                  "rate",
                  new Kind.Real(
                      new Kind.Real.Bounds(0, true, 1, false, "a number above 0 and at most 1")),
                  "Learning rate at the start; a quarter of it after each measurement of the whole model that is no better.",
                  HealMethod::rate,
                  (method, each) ->
                      new HealMethod(
                          method.towards, method.rounds, each, method.lora, method.alpha)),
              new Setting<>(
                  "lora",
                  new Kind.Whole(0),
                  "Rank of an update of each projection that is trained in its place and added to it"
                      + " at the end (LoRA; 8 in LLM-Pruner); 0 trains the projections.",
                  HealMethod::lora,
                  (method, each) ->
                      new HealMethod(
                          method.towards, method.rounds, method.rate, each, method.alpha)),
              new Setting<>(
                  "alpha",
                  new Kind.Auto<>(
                      new Kind.Real(new Kind.Real.Bounds(0, true, 1e6, false, "a number above 0"))),
                  "What updates of lora are multiplied by, over their rank; auto is 16.",
                  HealMethod::alpha,
                  (method, each) ->
                      new HealMethod(
                          method.towards, method.rounds, method.rate, method.lora, each))));

  /** What updates are multiplied by: alpha over their rank. */
  public double scale() {
    return alpha.orElse(USUAL_ALPHA) / lora;
  }

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
