package io.compot.cli;

import io.compot.Compression;
import io.compot.Computation;
import io.compot.error.UsageException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.Spec;

/**
 * How factors are fitted, the same for all commands that compress. Settings that methods,
 * allocations and compressions have are options by {@link SettingOptions}; here is the rest.
 */
final class FittingOptions {

  @Spec(Spec.Target.MIXEE)
  CommandSpec command;

  @Option(
      names = "--calibration",
      paramLabel = "FILE",
      description =
          "Text like that the model will see: plain UTF-8, or rows of JSON (lines, an array) or"
              + " parquet, also .gz or .zst. Several files: repeat the option.")
  List<Path> calibration = List.of();

  @Option(
      names = "--quick",
      description =
          "A first look in little time: 16 windows of calibration text and 5 rounds of the methods"
              + " that have rounds, unless something else is said of them.")
  boolean quick;

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

  /** What the command line says of the field of a JSON line that holds its text. */
  String field() throws UsageException {
    return of(Path.of("")).settings().general().field();
  }

  /** The compression that was asked for. */
  Compression of(Path model) throws UsageException {
    return over(Compression.of(model).forgiving());
  }

  /** A compression with what the command line says; what it leaves open stays as it was. */
  Compression over(Compression compression) throws UsageException {
    ParseResult parsed = parsed();
    SettingOptions.said(parsed).forEach(compression::set);
    if (quick) {
      compression.quick();
    }
    if (parsed.hasMatchedOption("--calibration")) {
      compression.calibration(calibration.toArray(Path[]::new));
    }
    if (parsed.hasMatchedOption("--memory")) {
      compression.memory(memory);
    }
    if (parsed.hasMatchedOption("--dtype")) {
      compression.computation(computation());
    }
    return compression;
  }

  private ParseResult parsed() {
    return command.commandLine().getParseResult();
  }
}
