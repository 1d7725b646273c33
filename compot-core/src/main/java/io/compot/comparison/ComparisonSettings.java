package io.compot.comparison;

import io.compot.Compression;
import io.compot.Computation;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import java.util.List;

/**
 * What is compared with what.
 *
 * @param models names distinct
 * @param cells all that is to be made, distinct; those of one model follow one another in its order
 * @param computation element type of all forward passes
 * @param template gives the settings that all cells share; called for each cell
 */
public record ComparisonSettings(
    List<ComparedModel> models, List<Cell> cells, Computation computation, Template template) {

  /** A compression of a model with everything set but model-dependent and cell-dependent things. */
  @FunctionalInterface
  public interface Template {
    Compression of(ComparedModel model) throws UsageException;
  }

  public ComparisonSettings {
    models = List.copyOf(models);
    cells = List.copyOf(cells);
  }

  /** The cells of a model, in order. */
  public List<Cell> of(ComparedModel model) {
    return cells.stream().filter(cell -> cell.model().equals(model.name())).toList();
  }

  /** The compression that a cell stands for. */
  Compression compression(ComparedModel model, Cell cell) throws UsageException {
    return template
        .of(model)
        .method(cell.method())
        .allocation(cell.allocation())
        .ratio(cell.ratio());
  }

  /**
   * Refuses what can be known to fail before any work.
   *
   * @throws CompotException naming what is not acceptable
   */
  public void check() throws CompotException {
    if (cells.isEmpty()) {
      throw new UsageException("there is nothing to compare; name models, methods and ratios");
    }
    for (ComparedModel model : models) {
      for (Cell cell : of(model)) {
        compression(model, cell).checkSettings();
      }
    }
  }
}
