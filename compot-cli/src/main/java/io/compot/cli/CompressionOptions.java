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
              + " method, ratio, settings or element type of their own (docs/recipes.md). Options given"
              + " beside it override it. Every output holds the recipe that makes it again.")
  @Nullable Path recipe;

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
    // The mixin's own mixin has the command that it is mixed into for its command.
    fitting.command = command;
    return fitting.over(compression);
  }
}
