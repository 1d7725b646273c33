package io.compot.export.grouped;

import io.compot.error.CompotException;
import io.compot.export.ExportFormat;
import io.compot.export.FileSizes;
import io.compot.progress.ProgressListener;
import io.compot.setting.Schema;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A folder in the layout {@code pack-quantized} of compressed-tensors, for transformers, vLLM and
 * SGLang. Groups of different widths and sizes may stand side by side.
 *
 * @param choice how projections are rounded that are on no grid
 */
public record CompressedTensorsExport(GridChoice choice) implements ExportFormat {

  /** What may be said of it. */
  public static final Schema<CompressedTensorsExport> SCHEMA =
      new Schema<>(
          "compressed-tensors",
          "codes of 2 to 8 bits as transformers, vLLM and SGLang read them",
          new CompressedTensorsExport(GridChoice.standard()),
          GridChoice.settings(
              CompressedTensorsExport::choice, (_, choice) -> new CompressedTensorsExport(choice)));

  @Override
  public Schema<CompressedTensorsExport> schema() {
    return SCHEMA;
  }

  @Override
  public void check(Path model, Path output, boolean force) throws CompotException {
    new GroupedFolder(SCHEMA.name(), new PackQuantized(), choice).check(model, output, force);
  }

  @Override
  public Optional<FileSizes> sizes(Path model) throws CompotException {
    return Optional.of(new CodedTensors(new PackQuantized()).sizes(model));
  }

  @Override
  public void write(Path model, Path output, boolean force, ProgressListener listener)
      throws CompotException {
    new GroupedFolder(SCHEMA.name(), new PackQuantized(), choice)
        .write(model, output, force, listener);
  }
}
