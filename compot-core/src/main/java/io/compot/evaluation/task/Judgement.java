package io.compot.evaluation.task;

import io.compot.evaluation.python.PythonText;
import io.compot.evaluation.request.Score;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What a document's scores mean for each metric ({@code process_results} of the harness). */
final class Judgement {

  private Judgement() {}

  /**
   * A document's part in a metric.
   *
   * @param scores of the document's prompts, in order
   */
  static Sample of(Metric metric, Document document, List<Score> scores) {
    return switch (document) {
      case Document.MultipleChoice choice ->
          choice(metric, choice.choices(), choice.gold(), scores);
      case Document.Beginnings choice -> choice(metric, choice.beginnings(), choice.gold(), scores);
      case Document.Continuation _ ->
          metric == Metric.PERPLEXITY
              ? Sample.of(scores.getFirst().logLikelihood())
              : Sample.of(scores.getFirst().greedy() ? 1 : 0);
      case Document.Page page -> page(metric, page, scores);
    };
  }

  private static Sample choice(Metric metric, List<String> choices, int gold, List<Score> scores) {
    ToDoubleFunction<String> length =
        switch (metric) {
          case ACC_NORM -> PythonText::length;
          case ACC_BYTES -> text -> text.getBytes(StandardCharsets.UTF_8).length;
          default -> _ -> 1;
        };
    double[] values = new double[choices.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = scores.get(i).logLikelihood() / length.applyAsDouble(choices.get(i));
    }
    return Sample.of(firstLargest(values) == gold ? 1 : 0);
  }

  /** {@code numpy.argmax}: the first of equals wins, and NaN before any number. */
  static int firstLargest(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length && !Double.isNaN(values[best]); i++) {
      if (values[i] > values[best] || Double.isNaN(values[i])) {
        best = i;
      }
    }
    return best;
  }

  private static Sample page(Metric metric, Document.Page page, List<Score> scores) {
    double sum = scores.stream().mapToDouble(Score::logLikelihood).sum();
    double weight =
        metric == Metric.WORD_PERPLEXITY
            ? PythonText.words(page.original())
            : page.original().getBytes(StandardCharsets.UTF_8).length;
    return new Sample(sum, weight);
  }
}
