package io.compot.report;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The data of a chart; its type says how they are drawn. */
sealed interface Chart {

  /** The name by which the browser knows how to draw it. */
  @JsonProperty
  String type();

  /**
   * Values over two categories, as colours.
   *
   * @param palette "gain" or "harm"
   * @param largest the value of the strongest colour; 0 has the faintest
   */
  record Heat(
      String columnTitle,
      List<String> columns,
      List<String> rows,
      String valueTitle,
      Unit unit,
      String palette,
      double largest,
      List<Cell> cells)
      implements Chart {
    @Override
    public String type() {
      return "heat";
    }
  }

  /**
   * One value of a heat map.
   *
   * @param column index
   * @param row index
   * @param note what else is to be said; may be empty
   */
  record Cell(int column, int row, double value, String name, String note) {}

  /**
   * Lines over numbers, a panel for each group.
   *
   * @param colours "depth": shades from the first block to the last; "category": one each
   */
  record Lines(
      String xTitle,
      Unit xUnit,
      String yTitle,
      Unit yUnit,
      boolean logarithmic,
      String colours,
      List<Line> lines)
      implements Chart {
    @Override
    public String type() {
      return "lines";
    }
  }

  /**
   * One line.
   *
   * @param group the panel it is in; may be empty
   * @param shade depth from 0 to 1; of colours by category, the colour's number from 0
   * @param kept the last x that was kept, beyond which it is drawn faintly; null: all of it
   * @param dashed whether it is there to compare with
   * @param points x and y
   */
  record Line(
      String name,
      String group,
      double shade,
      @Nullable Double kept,
      boolean dashed,
      List<List<Double>> points) {}

  /** Stacked horizontal bars. */
  record Bars(List<String> categories, Unit unit, List<Bar> bars) implements Chart {
    @Override
    public String type() {
      return "bars";
    }
  }

  /** A part of each bar, a value a category. */
  record Bar(String name, List<Double> values) {}

  /**
   * Values with their standard errors, drawn as 95 % intervals.
   *
   * @param chance what guessing gives in each category, or null
   */
  record Intervals(
      List<String> categories, Unit unit, List<@Nullable Double> chance, List<Measured> sets)
      implements Chart {
    @Override
    public String type() {
      return "intervals";
    }
  }

  /** A value and a standard error a category; null where there is none. */
  record Measured(String name, List<@Nullable Double> values, List<@Nullable Double> errors) {}
}
