package io.compot.cli;

import io.compot.Compression;
import io.compot.Computation;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What decides a compression, the same for {@code compress} and {@code plan}. */
final class CompressionOptions {

  @Spec(Spec.Target.MIXEE)
  CommandSpec command;

  @Option(
      names = "--recipe",
      paramLabel = "FILE",
      description =
          "YAML file that says what these options say, and more: single projections may have a"
              + " method, ratio, k/s or element type of their own (docs/recipes.md). Options given"
              + " beside it override it. Every output holds the recipe that makes it again.")
  @Nullable Path recipe;

  @Option(
      names = "--ratio",
      paramLabel = "R",
      defaultValue = "0.2",
      description = {
        "Fraction of the bits to REMOVE from the chosen projections, between 0 and 1:"
            + " 0.2 keeps 80 %%, 0.6 keeps 40 %%. Embeddings, norms and the head stay as they are,"
            + " so the whole model shrinks by less. Default: ${DEFAULT-VALUE}."
      })
  double ratio;

  @Option(
      names = "--method",
      paramLabel = "NAME",
      defaultValue = "compot",
      description = {
        "compot: orthogonal dictionary and sparse code, fitted to the calibration activations;",
        "compot+: ours, no paper's: compot guided by what the loss says; best, and slower;",
        "compot+lite: the same without a backward pass;",
        "cospadi: any dictionary and sparse code, by K-SVD (a fast variant to the same error);",
        "rocket: eigenvectors and sparse code, closed-form;",
        "svd-llm: low rank, fitted to the calibration activations;",
        "svd-llm-v2: the same through eigenvalues;",
        "asvd: low rank of weights scaled by their inputs;",
        "svd: low rank of the weights alone, needs no calibration. Default: ${DEFAULT-VALUE}."
      })
  String method = "compot";

  @Option(
      names = "--allocation",
      paramLabel = "NAME",
      defaultValue = "auto",
      description = {
        "How the bits that are left are split over the projections.",
        "auto: damage for compot+, whitened for compot+lite, uniform for all others;",
        "uniform: the same ratio for all;",
        "pooled: the smallest singular values of all weights go first (COMPOT);",
        "svd-llm-v2: by the loss of truncation, among projections of one kind;",
        "knapsack: least sum of expected errors (ROCKET);",
        "whitened: least sum of squared relative whitened errors (ours);",
        "damage: least predicted rise of the loss, by one backward pass (compot+).",
        "The last four, except knapsack with svd, go through the calibration text once more."
            + " Default: ${DEFAULT-VALUE}."
      })
  String allocation = "auto";

  @Mixin FittingOptions fitting = new FittingOptions();

  /** Element type of the forward passes. */
  Computation computation() throws UsageException {
    return fitting.computation();
  }

  /** The compression that was asked for. */
  Compression of(Path model) throws CompotException {
    Compression compression = Compression.of(model);
    if (recipe != null) {
      compression.recipe(recipe);
    }
    if (given("--ratio")) {
      compression.ratio(ratio);
    }
    if (given("--method")) {
      compression.method(method);
    }
    if (given("--allocation")) {
      compression.allocation(allocation);
    }
    return fitting.over(compression, this::given);
  }

  /** Whether an option stands on the command line; its default does not count. */
  boolean given(String option) {
    return command.commandLine().getParseResult().hasMatchedOption(option);
  }
}
