package io.compot.method.structured;

import io.compot.setting.Kind;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import java.util.List;

/**
 * ReplaceMe (arXiv 2505.02819): blocks that change the hidden states least are dropped, and a
 * linear map that makes up for them is multiplied into the down projection of the block in front.
 * The result has fewer blocks, and is otherwise like the original. Without a map, with choice
 * influence, it is ShortGPT (arXiv 2403.03853).
 *
 * @param distance between the hidden states before and behind a gap
 * @param choice of the blocks that go
 * @param gaps places at most where blocks go
 * @param ridge α of the least squares, as a part of the mean diagonal entry of MᵀM
 * @param map that makes up for the blocks
 */
public record ReplaceMeMethod(
    Distance distance, Choice choice, int gaps, double ridge, Objective map)
    implements StructuredMethod {

  /** How far hidden states before and behind a gap are apart, on average over tokens. */
  public enum Distance {
    /** The angle between them, as a part of π. */
    COSINE,
    /** The Euclidean distance. */
    L2
  }

  /** By what the blocks that go are chosen. */
  public enum Choice {
    /** The least distance, as in the paper. */
    DISTANCE,
    /** The least KL divergence to the original, measured with the map in place. */
    LOSS,
    /**
     * The least influence of each block by itself, 1 − cos of the hidden states before and behind
     * it (ShortGPT, eq. 1).
     */
    INFLUENCE
  }

  /** What the linear map makes least, on average over tokens. */
  public enum Objective {
    /** The squared distance of the hidden states behind the gap from the original's. */
    LEAST_SQUARES,
    /** 1 − cos of the angle between them. */
    COSINE,
    /** Nothing: there is no map. */
    NONE
  }

  /** What may be said of it. */
  public static final Schema<ReplaceMeMethod> SCHEMA =
      new Schema<>(
          "replaceme",
          "whole blocks dropped, a linear map folded into the one in front makes up for them",
          new ReplaceMeMethod(Distance.COSINE, Choice.DISTANCE, 1, 1e-3, Objective.LEAST_SQUARES),
          List.of(
              new Setting<>(
                  "distance",
                  new Kind.Choice<>(Distance.class),
                  "How far hidden states before and behind dropped blocks are apart: cosine (their"
                      + " angle) or l2.",
                  ReplaceMeMethod::distance,
                  (method, each) ->
                      new ReplaceMeMethod(
                          each, method.choice, method.gaps, method.ridge, method.map)),
              new Setting<>(
                  "choice",
                  new Kind.Choice<>(Choice.class),
                  "Which blocks go: those of the least distance, those whose loss is least once the"
                      + " map is in place (loss), which takes longer, or single ones of the least"
                      + " influence.",
                  ReplaceMeMethod::choice,
                  (method, each) ->
                      new ReplaceMeMethod(
                          method.distance, each, method.gaps, method.ridge, method.map)),
              new Setting<>(
                  "gaps",
                  new Kind.Whole(1),
                  "Places at most where blocks go, each with a map of its own.",
                  ReplaceMeMethod::gaps,
                  (method, each) ->
                      new ReplaceMeMethod(
                          method.distance, method.choice, each, method.ridge, method.map)),
              new Setting<>(
                  "ridge",
                  new Kind.Real(
                      new Kind.Real.Bounds(0, true, 1, false, "a number above 0 and at most 1")),
                  "Ridge of the least squares, as a part of the mean diagonal entry.",
                  ReplaceMeMethod::ridge,
                  (method, each) ->
                      new ReplaceMeMethod(
                          method.distance, method.choice, method.gaps, each, method.map)),
              new Setting<>(
                  "map",
                  new Kind.Choice<>(Objective.class),
                  "What the map makes least: the squared distance of the hidden states behind the gap"
                      + " from the original's (least-squares), the angle between them (cosine), or"
                      + " none, without which blocks are dropped alone.",
                  ReplaceMeMethod::map,
                  (method, each) ->
                      new ReplaceMeMethod(
                          method.distance, method.choice, method.gaps, method.ridge, each))));

  @Override
  public Schema<ReplaceMeMethod> schema() {
    return SCHEMA;
  }
}
