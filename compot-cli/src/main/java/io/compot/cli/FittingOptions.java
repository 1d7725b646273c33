package io.compot.cli;

import io.compot.Compression;
import io.compot.Computation;
import io.compot.error.UsageException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** How factors are fitted, the same for all commands that compress. */
final class FittingOptions {

  @Option(
      names = "--scope",
      paramLabel = "NAME",
      defaultValue = "all",
      description =
          "pooled: projections that share a pool: all, kind (all q_proj, all k_proj, ...),"
              + " shared-input (q, k, v of a block; its gate and up) or none."
              + " Default: ${DEFAULT-VALUE}.")
  String scope = "all";

  @Option(
      names = "--calibration",
      paramLabel = "FILE",
      description =
          "Text like that the model will see: UTF-8, or JSON lines where the name ends in .jsonl."
              + " Several files: repeat the option.")
  List<Path> calibration = List.of();

  @Option(
      names = "--field",
      paramLabel = "NAME",
      defaultValue = "text",
      description = "Field of a JSON line that holds its text. Default: ${DEFAULT-VALUE}.")
  String field = "text";

  @Option(
      names = "--samples",
      paramLabel = "N|auto",
      defaultValue = "256",
      converter = Samples.class,
      description =
          "Calibration windows; auto takes as many as the text gives. Default: ${DEFAULT-VALUE}.")
  OptionalInt samples = OptionalInt.empty();

  @Option(
      names = "--length",
      paramLabel = "TOKENS",
      description =
          "Tokens of a calibration window. Default: 1024, or the model's maximum if that is less.")
  @Nullable Integer length;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "42",
      description =
          "Decides which windows are taken; the same seed gives the same bytes."
              + " Default: ${DEFAULT-VALUE}.")
  long seed;

  @Option(
      names = "--include",
      paramLabel = "PATTERN",
      split = ",",
      description =
          "Compress only projections that match, for example 'layers.0.*,down_proj'"
              + " (* stands for anything). Default: all projections of all blocks.")
  List<String> include = List.of();

  @Option(
      names = "--exclude",
      paramLabel = "PATTERN",
      split = ",",
      description = "Leave projections that match as they are, for example 'k_proj,v_proj'.")
  List<String> exclude = List.of();

  @Option(
      names = "--rho",
      paramLabel = "X",
      defaultValue = "2",
      description =
          "compot, cospadi, rocket: atoms of the dictionary for each nonzero of a code row (k/s), at least 1."
              + " Default: ${DEFAULT-VALUE}.")
  double rho;

  @Option(
      names = "--iterations",
      paramLabel = "N",
      description = "Rounds for each projection. Default: 20 (compot), 80 (cospadi).")
  @Nullable Integer iterations;

  @Option(
      names = "--init",
      paramLabel = "NAME",
      defaultValue = "svd",
      description = "compot: first dictionary, svd or random. Default: ${DEFAULT-VALUE}.")
  String init = "svd";

  @Option(
      names = "--tolerance",
      paramLabel = "X",
      description =
          "compot: stop a projection when a round lowers its relative error by less."
              + " Default: all rounds.")
  @Nullable Double tolerance;

  @Option(
      names = "--momentum",
      paramLabel = "B",
      defaultValue = "0",
      description =
          "compot: momentum of the dictionary update, from 0 to 1; 0.5 needs about a third of the"
              + " rounds for the same error. Default: ${DEFAULT-VALUE}, the paper's.")
  double momentum;

  @Option(
      names = "--update",
      paramLabel = "NAME",
      defaultValue = "none",
      description =
          "svd-llm: none, or sequential, which compresses front to back and refits each left factor"
              + " to the inputs that the compressed prefix gives. Default: ${DEFAULT-VALUE}.")
  String update = "none";

  @Option(
      names = "--min-ratio",
      paramLabel = "R",
      defaultValue = "0",
      description =
          "Least fraction of its bits that each projection loses; above 0 none is left whole that"
              + " can be made smaller. Default: ${DEFAULT-VALUE}.")
  double minRatio;

  @Option(
      names = "--max-ratio",
      paramLabel = "R",
      description =
          "Greatest fraction of its bits that a projection loses. Default: 0.9 (pooled,"
              + " svd-llm-v2), 1 (all others).")
  @Nullable Double maxRatio;

  @Option(
      names = "--dtype",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "Element type of the calibration passes: auto (bf16 for models stored in bf16, else f32),"
              + " f32 or bf16. Default: ${DEFAULT-VALUE}.")
  String dtype = "auto";

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      defaultValue = "1GiB",
      converter = ByteSize.class,
      description =
          "plan: memory for the hidden states of the calibration text; more of them wait in a file"
              + " (compress keeps all in files, to go on from). Default: ${DEFAULT-VALUE}.")
  long memory;

  /** Element type of the forward passes. */
  Computation computation() throws UsageException {
    return Computation.named(dtype);
  }

  /** The compression that was asked for. */
  Compression of(Path model) throws UsageException {
    return over(Compression.of(model), option -> true);
  }

  /**
   * A compression with the settings of these options.
   *
   * @param given which of the options count, by their names
   */
  Compression over(Compression compression, Predicate<String> given) throws UsageException {
    if (given.test("--scope")) {
      compression.scope(scope);
    }
    if (given.test("--calibration")) {
      compression.calibration(calibration.toArray(Path[]::new));
    }
    if (given.test("--field")) {
      compression.field(field);
    }
    if (given.test("--samples") && samples.isPresent()) {
      compression.samples(samples.getAsInt());
    } else if (given.test("--samples")) {
      compression.allSamples();
    }
    if (given.test("--length") && length != null) {
      compression.length(length);
    }
    if (given.test("--seed")) {
      compression.seed(seed);
    }
    if (given.test("--include")) {
      compression.include(include.toArray(String[]::new));
    }
    if (given.test("--exclude")) {
      compression.exclude(exclude.toArray(String[]::new));
    }
    if (given.test("--rho")) {
      compression.atomsPerNonzero(rho);
    }
    if (given.test("--iterations") && iterations != null) {
      compression.iterations(iterations);
    }
    if (given.test("--init")) {
      compression.init(init);
    }
    if (given.test("--tolerance") && tolerance != null) {
      compression.tolerance(tolerance);
    }
    if (given.test("--memory")) {
      compression.memory(memory);
    }
    if (given.test("--momentum")) {
      compression.momentum(momentum);
    }
    if (given.test("--update")) {
      compression.update(update);
    }
    if (given.test("--min-ratio")) {
      compression.minRatio(minRatio);
    }
    if (given.test("--max-ratio") && maxRatio != null) {
      compression.maxRatio(maxRatio);
    }
    if (given.test("--dtype")) {
      compression.computation(computation());
    }
    return compression;
  }

  /** A number, or auto for all. */
  static final class Samples implements ITypeConverter<OptionalInt> {

    @Override
    public OptionalInt convert(String value) {
      if (value.equalsIgnoreCase("auto")) {
        return OptionalInt.empty();
      }
      try {
        return OptionalInt.of(Integer.parseInt(value));
      } catch (NumberFormatException _) {
        throw new TypeConversionException("'" + value + "' is neither a number nor auto");
      }
    }
  }
}
