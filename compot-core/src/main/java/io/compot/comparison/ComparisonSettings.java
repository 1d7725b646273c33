package io.compot.comparison;

import io.compot.Compression;
import io.compot.Computation;
import io.compot.checkpoint.Checkpoint;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.method.CompressionMethod;
import io.compot.model.Architecture;
import io.compot.recipe.Allocations;
import io.compot.recipe.GeneralSettings;
import io.compot.recipe.Methods;
import io.compot.setting.Schema;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What is compared with what.
 *
 * @param models names distinct
 * @param cells all that is to be made, distinct; those of one model follow one another in its order
 * @param computation element type of all forward passes
 * @param tasks that all models answer
 * @param template gives the settings that all cells share; called for each cell
 */
public record ComparisonSettings(
    List<ComparedModel> models,
    List<Cell> cells,
    Computation computation,
    ComparedTasks tasks,
    Template template) {

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
    Compression compression =
        template.of(model).forgiving().method(cell.method()).allocation(cell.allocation());
    cell.settings().forEach(compression::set);
    return compression.set(cell.asked().setting(), cell.asked().value());
  }

  /**
   * Refuses what can be known to fail before any work.
   *
   * @throws CompotException naming what is not acceptable
   */
  public void check() throws CompotException {
    if (cells.isEmpty() && models.stream().allMatch(model -> model.also().isEmpty())) {
      throw new UsageException("there is nothing to compare; name models, methods and ratios");
    }
    tasks.check();
    for (ComparedModel model : models) {
      requireUse(template.of(model).said().keySet());
      for (Path file : model.also()) {
        requireAlike(model, file);
      }
      for (Cell cell : of(model)) {
        compression(model, cell).checkSettings();
      }
    }
  }

  /** Refuses what cannot be measured as if it were made from the model. */
  private static void requireAlike(ComparedModel model, Path file) throws CompotException {
    long own = vocabulary(model.folder());
    long others = vocabulary(file);
    if (own != others) {
      throw InputException.in(
          file,
          "it tells %d tokens apart, %s %d".formatted(others, model.name(), own),
          "give a model that was made from " + model.name());
    }
  }

  private static long vocabulary(Path model) throws CompotException {
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      return Architecture.of(checkpoint).vocabularySize();
    }
  }

  /** Where a row stands among the rows of its model; -1 where nobody asked for it. */
  int place(ComparisonRow row) {
    for (int i = 0; i < cells.size(); i++) {
      if (row.of(cells.get(i))) {
        return i;
      }
    }
    for (ComparedModel model : models) {
      for (int i = 0; i < model.also().size(); i++) {
        if (row.of(model, model.also().get(i))) {
          return cells.size() + i;
        }
      }
    }
    return -1;
  }

  /** Refuses settings that none of the compared methods and allocations has. */
  private void requireUse(Set<String> said) throws UsageException {
    Set<String> had = new HashSet<>(GeneralSettings.SCHEMA.names());
    Set<String> compared = new TreeSet<>();
    for (Cell cell : cells) {
      Schema<? extends CompressionMethod> method = Methods.named(cell.method());
      String allocation =
          cell.allocation().equals(Allocations.AUTO)
              ? method.standard().usualAllocation()
              : cell.allocation();
      had.addAll(method.names());
      had.addAll(Allocations.named(allocation).names());
      compared.addAll(List.of(cell.method(), allocation));
    }
    for (String setting : said) {
      if (!had.contains(setting)) {
        throw new UsageException(
            "none of %s has a setting %s; they have %s"
                .formatted(
                    String.join(", ", compared), setting, String.join(", ", new TreeSet<>(had))));
      }
    }
  }
}
