package io.compot.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** How the error of the hidden states grows with depth. */
final class HiddenStateFigure {

  private HiddenStateFigure() {}

  static Optional<Figure> of(EvaluatedFigure figure) {
    List<Double> errors = figure.hiddenStateErrors();
    if (errors.size() < 2) {
      return Optional.empty();
    }
    List<List<Double>> points = new ArrayList<>();
    for (int i = 0; i < errors.size(); i++) {
      points.add(List.of((double) i, errors.get(i)));
    }
    return Optional.of(
        new Figure(
            "hidden-states",
            "Hidden states",
            "Relative error of the hidden states against the original model: of the embedding (0),"
                + " then of each block's output.",
            "A line over depth, from %s after the embedding to %s after the last block."
                .formatted(Wording.percent(errors.getFirst()), Wording.percent(errors.getLast())),
            new Chart.Lines(
                "block",
                Unit.COUNT,
                "relative error",
                Unit.PERCENT,
                false,
                "category",
                List.of(new Chart.Line("error", "", 0, null, false, points))),
            null));
  }
}
