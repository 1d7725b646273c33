package io.compot;

import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.export.DenseExport;
import io.compot.export.ExportFormat;
import io.compot.export.gguf.GgufExport;
import io.compot.export.grouped.CompressedTensorsExport;
import io.compot.export.grouped.GptqExport;
import io.compot.export.grouped.MlxExport;
import io.compot.export.transformers.TransformersExport;
import io.compot.progress.ProgressListener;
import io.compot.setting.Refused;
import io.compot.setting.Schema;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Models in forms that other programs load. */
public final class Export {

  private static final List<Schema<? extends ExportFormat>> FORMATS =
      List.of(
          DenseExport.SCHEMA,
          GgufExport.SCHEMA,
          CompressedTensorsExport.SCHEMA,
          MlxExport.SCHEMA,
          GptqExport.SCHEMA,
          TransformersExport.SCHEMA);

  private Export() {}

  /** The one list of all formats: commands, help and tests read it. */
  public static List<Schema<? extends ExportFormat>> formats() {
    return FORMATS;
  }

  /**
   * A format of which this is said.
   *
   * @param said values as they are written, by the names of settings
   * @throws UsageException where there is no such format, it has no such setting, or not this value
   */
  public static ExportFormat format(String name, Map<String, String> said) throws UsageException {
    for (Schema<? extends ExportFormat> each : FORMATS) {
      if (each.name().equals(name)) {
        try {
          return each.of(said);
        } catch (Refused e) {
          throw new UsageException("format " + name + ": " + e.getMessage());
        }
      }
    }
    throw new UsageException(
        "format %s is unknown; choose one of %s"
            .formatted(name, FORMATS.stream().map(Schema::name).collect(Collectors.joining(", "))));
  }

  /**
   * Multiplies the factors out and writes an ordinary Hugging Face checkpoint without the
   * compression section. What is not compressed is copied bit for bit. The folder appears whole or
   * not at all.
   *
   * @param model a checkpoint that Compot compressed
   * @param force whether an existing output is replaced
   */
  public static void dense(Path model, Path output, boolean force, ProgressListener listener)
      throws CompotException {
    new DenseExport().write(model, output, force, listener);
  }
}
