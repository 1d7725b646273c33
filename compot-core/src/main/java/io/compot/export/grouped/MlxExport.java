package io.compot.export.grouped;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.export.ExportFormat;
import io.compot.export.FileSizes;
import io.compot.model.Architecture;
import io.compot.model.TensorSpec;
import io.compot.progress.ProgressListener;
import io.compot.setting.Schema;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A folder for MLX and mlx-lm, in affine groups. Embedding and output projection keep their codes,
 * too, where they are on a grid.
 *
 * @param choice how projections are rounded that are on no grid
 * @param tables whether embedding and output projection are going to be on a grid of groups of 64
 */
public record MlxExport(GridChoice choice, boolean tables) implements ExportFormat {

  private static final long TABLE_GROUP = 64;

  /** What may be said of it. */
  public static final Schema<MlxExport> SCHEMA =
      new Schema<>(
          "mlx",
          "codes of 2 to 6 or 8 bits in groups of 32, 64 or 128, as MLX and mlx-lm read them",
          new MlxExport(GridChoice.standard(), false),
          GridChoice.settings(
              MlxExport::choice, (format, choice) -> new MlxExport(choice, format.tables)));

  /** The same for a model whose embedding and output projection are going to be on a grid. */
  public MlxExport withTables() {
    return new MlxExport(choice, true);
  }

  @Override
  public Schema<MlxExport> schema() {
    return SCHEMA;
  }

  @Override
  public void check(Path model, Path output, boolean force) throws CompotException {
    new GroupedFolder(SCHEMA.name(), new MlxLayout(), choice).check(model, output, force);
    if (tables) {
      checkTables(model);
    }
  }

  private static void checkTables(Path model) throws CompotException {
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      for (TensorSpec table : Architecture.of(checkpoint).tables()) {
        if (table.in() % TABLE_GROUP != 0) {
          throw InputException.in(
              checkpoint.config().file(),
              "rows of %d weights of %s are no whole number of groups of %d"
                  .formatted(table.in(), table.base(), TABLE_GROUP),
              "say embeddings keep");
        }
      }
    }
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
