package io.compot.export.grouped;

import io.compot.error.CompotException;
import io.compot.export.ExportFormat;
import io.compot.export.FileSizes;
import io.compot.progress.ProgressListener;
import io.compot.setting.Schema;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A GPTQ checkpoint, for GPTQModel, transformers with it, and vLLM: one grid for all projections.
 *
 * @param choice how projections are rounded that are on no grid
 */
public record GptqExport(GridChoice choice) implements ExportFormat {

  /** What may be said of it. */
  public static final Schema<GptqExport> SCHEMA =
      new Schema<>(
          "gptq",
          "codes of 2, 3, 4 or 8 bits as GPTQModel and vLLM read them; one grid for all",
          new GptqExport(GridChoice.standard()),
          GridChoice.settings(GptqExport::choice, (_, choice) -> new GptqExport(choice)));

  @Override
  public Schema<GptqExport> schema() {
    return SCHEMA;
  }

  @Override
  public void check(Path model, Path output, boolean force) throws CompotException {
    new GroupedFolder(SCHEMA.name(), new GptqLayout(), choice).check(model, output, force);
  }

  @Override
  public Optional<FileSizes> sizes(Path model) throws CompotException {
    return Optional.of(new CodedTensors(new GptqLayout()).sizes(model));
  }

  @Override
  public void write(Path model, Path output, boolean force, ProgressListener listener)
      throws CompotException {
    new GroupedFolder(SCHEMA.name(), new GptqLayout(), choice)
        .write(model, output, force, listener);
  }
}
