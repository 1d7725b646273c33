package io.compot.export.grouped;

import io.compot.error.CompotException;
import io.compot.export.ExportFormat;
import io.compot.export.FileSizes;
import io.compot.progress.ProgressListener;
import io.compot.setting.Schema;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A folder for MLX and mlx-lm, in affine groups. Embedding and output projection keep their codes,
 * too, where they are on a grid.
 *
 * @param choice how projections are rounded that are on no grid
 */
public record MlxExport(GridChoice choice) implements ExportFormat {

  /** What may be said of it. */
  public static final Schema<MlxExport> SCHEMA =
      new Schema<>(
          "mlx",
          "codes of 2 to 6 or 8 bits in groups of 32, 64 or 128, as MLX and mlx-lm read them",
          new MlxExport(GridChoice.standard()),
          GridChoice.settings(MlxExport::choice, (_, choice) -> new MlxExport(choice)));

  @Override
  public Schema<MlxExport> schema() {
    return SCHEMA;
  }

  @Override
  public void check(Path model, Path output, boolean force) throws CompotException {
    new GroupedFolder(SCHEMA.name(), new MlxLayout(), choice).check(model, output, force);
  }

  @Override
  public Optional<FileSizes> sizes(Path model) throws CompotException {
    return Optional.of(new CodedTensors(new MlxLayout()).sizes(model));
  }

  @Override
  public void write(Path model, Path output, boolean force, ProgressListener listener)
      throws CompotException {
    new GroupedFolder(SCHEMA.name(), new MlxLayout(), choice).write(model, output, force, listener);
  }
}
