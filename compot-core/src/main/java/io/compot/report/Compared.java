package io.compot.report;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Something that all models of a comparison are held to each other by, over something that says how
 * small they are.
 *
 * @param id name of its figure's file
 * @param title of the figure
 * @param value what is measured; null where it is not known
 * @param error its standard error; null where it is not known
 * @param xTitle what it is drawn over
 * @param x that; null where it is not known
 */
record Compared(
    String id,
    String title,
    String what,
    Function<ComparedRow, @Nullable Double> value,
    Function<ComparedRow, @Nullable Double> error,
    String xTitle,
    Function<ComparedRow, @Nullable Double> x) {

  private static final String BITS = "bits per weight of the projections, all they take on disk";
  private static final String MEGABYTES = "weight files, MB";

  /** All that can be drawn of these rows. */
  static List<Compared> of(List<ComparedRow> rows) {
    List<Compared> all = new ArrayList<>();
    all.add(
        new Compared(
            "perplexity",
            "Perplexity against bits",
            "token perplexity",
            ComparedRow::perplexity,
            row -> row.error("perplexity_standard_error"),
            BITS,
            ComparedRow::bitsPerWeight));
    all.add(
        new Compared(
            "divergence",
            "Divergence against bits",
            "KL divergence, nats a token",
            Compared::divergence,
            row -> row.error("kl_standard_error"),
            BITS,
            ComparedRow::bitsPerWeight));
    all.add(
        new Compared(
            "size",
            "Divergence against bytes on disk",
            "KL divergence, nats a token",
            Compared::divergence,
            row -> row.error("kl_standard_error"),
            MEGABYTES,
            ComparedRow::megabytes));
    for (String label : ComparedRow.labels(rows)) {
      all.add(
          new Compared(
              "task-" + label.replaceAll("[^A-Za-z0-9]+", "-"),
              label,
              label,
              row -> {
                ComparedRow.Task task = row.task(label);
                return task == null ? null : task.value();
              },
              row -> {
                ComparedRow.Task task = row.task(label);
                return task == null ? null : task.error();
              },
              BITS,
              ComparedRow::bitsPerWeight));
    }
    return all;
  }

  /** None of the original, which is what the others are held to. */
  private static @Nullable Double divergence(ComparedRow row) {
    return row.original() ? null : row.klDivergence();
  }

  /** A row's place in the figure; null where it has none. */
  @Nullable Point point(ComparedRow row) {
    Double at = x.apply(row);
    Double measured = value.apply(row);
    if (at == null || measured == null) {
      return null;
    }
    Double spread = error.apply(row);
    return new Point(at, measured, spread == null ? 0 : spread);
  }

  /**
   * A place.
   *
   * @param error standard error of y; 0 where it is not known
   */
  record Point(double x, double y, double error) {}

  /** Whether values so far apart are drawn over decades. */
  static boolean decades(double least, double most) {
    return least > 0 && most > 20 * least;
  }
}
