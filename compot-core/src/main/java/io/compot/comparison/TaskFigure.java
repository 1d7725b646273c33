package io.compot.comparison;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.compot.evaluation.result.Measurement;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.annotation.JsonNaming;

/**
 * A task's figure in a row.
 *
 * @param standardError over documents; null where there is none
 * @param chance what guessing gives; null where that means nothing
 */
@JsonNaming(PropertyNamingStrategies.SnakeCaseStrategy.class)
@JsonInclude(JsonInclude.Include.NON_NULL)
public record TaskFigure(
    String name,
    String metric,
    double value,
    @Nullable Double standardError,
    boolean higherIsBetter,
    @Nullable Double chance,
    int documents) {

  static List<TaskFigure> of(List<Measurement> measured) {
    return measured.stream()
        .map(each ->
            new TaskFigure(
                each.name(),
                each.metric(),
                each.value(),
                each.standardError(),
                each.higherIsBetter(),
                each.chance(),
                each.documents()))
        .toList();
  }

  /** Task and metric, as a column's name. */
  public String label() {
    return name + " " + metric;
  }
}
