package io.compot.method.structured;

import io.compot.setting.Kind;
import io.compot.setting.Schema;
import io.compot.setting.Setting;
import java.util.List;

/**
 * LLM-Pruner (arXiv 2305.11627): heads and feed-forward channels go whose weights together matter
 * least to the loss, by its Taylor expansion. What depends on one another goes together: a head of
 * keys and values with the queries that read it and the output's columns; a channel's rows of gate
 * and up with the column of down.
 *
 * @param taylor what a weight's removal is expected to cost
 * @param reduce how the costs of what goes together become one
 * @param scope over which costs are compared
 * @param blocks that are pruned
 * @param refit whether what stays is fitted by least squares to what the whole gave
 */
public record LlmPrunerMethod(
    Taylor taylor, Reduce reduce, Scope scope, BlockRange blocks, Refit refit)
    implements StructuredMethod {

  /**
   * Terms of the expansion, of a weight w, gradient g of the mean loss, and Fisher information F.
   */
  public enum Taylor {
    /** |w g|. */
    FIRST,
    /** |w F w|, with F the mean of the squared gradients of single samples. */
    SECOND,
    /** |w g − ½ w F w|. */
    MIXED,
    /** |Σ w g| over a row or column. */
    VECTOR
  }

  /** How members of a group are put together. */
  public enum Reduce {
    SUM,
    MEAN,
    MAX,
    PROD
  }

  /** What is compared with what. */
  public enum Scope {
    /** Heads with heads and channels with channels of a block: each block loses as much. */
    LOCAL,
    /** All of all blocks, by what they cost for their bits. */
    GLOBAL
  }

  /** Whether what reads the heads and channels that stay makes up for those that went. */
  public enum Refit {
    NONE,
    LEAST_SQUARES
  }

  /** What may be said of it. */
  public static final Schema<LlmPrunerMethod> SCHEMA =
      new Schema<>(
          "llm-pruner",
          "heads and feed-forward channels taken out by their part in the loss",
          new LlmPrunerMethod(Taylor.FIRST, Reduce.SUM, Scope.LOCAL, BlockRange.AUTO, Refit.NONE),
          List.of(
              new Setting<>(
                  "taylor",
                  new Kind.Choice<>(Taylor.class),
                  "What a weight counts: first (|w g|), second (w F w with the gradients of single"
                      + " samples squared), mixed (both) or vector (first, summed with its sign).",
                  LlmPrunerMethod::taylor,
                  (m, each) -> new LlmPrunerMethod(each, m.reduce, m.scope, m.blocks, m.refit)),
              new Setting<>(
                  "reduce",
                  new Kind.Choice<>(Reduce.class),
                  "How the weights of one head or channel in several projections count together.",
                  LlmPrunerMethod::reduce,
                  (m, each) -> new LlmPrunerMethod(m.taylor, each, m.scope, m.blocks, m.refit)),
              new Setting<>(
                  "compared",
                  new Kind.Choice<>(Scope.class),
                  "local: each block loses as much; global: heads and channels of all blocks are"
                      + " compared, by what they count for their bits.",
                  LlmPrunerMethod::scope,
                  (m, each) -> new LlmPrunerMethod(m.taylor, m.reduce, each, m.blocks, m.refit)),
              new Setting<>(
                  "blocks",
                  new BlockRange.Written(),
                  "Blocks that are pruned, such as 4-29, or all; auto leaves an eighth in front and"
                      + " a sixteenth behind whole, at least one each.",
                  LlmPrunerMethod::blocks,
                  (m, each) -> new LlmPrunerMethod(m.taylor, m.reduce, m.scope, each, m.refit)),
              new Setting<>(
                  "refit",
                  new Kind.Choice<>(Refit.class),
                  "Whether the output and down projections are fitted to what the whole gave, by"
                      + " least squares.",
                  LlmPrunerMethod::refit,
                  (m, each) -> new LlmPrunerMethod(m.taylor, m.reduce, m.scope, m.blocks, each))));

  @Override
  public Schema<LlmPrunerMethod> schema() {
    return SCHEMA;
  }
}
