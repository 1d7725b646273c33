package io.compot.evaluation.vision;

import io.compot.evaluation.result.Measurement;
import java.util.List;

/**
 * A task with what was answered.
 *
 * @param figures of the task
 * @param answers one for each question, in order
 */
public record AnsweredTask(List<Measurement> figures, List<ImageAnswer> answers) {

  public AnsweredTask {
    figures = List.copyOf(figures);
    answers = List.copyOf(answers);
  }

  /**
   * What was asked and answered.
   *
   * @param row of the task's data
   * @param images small copies of what was shown, as data URLs
   * @param score what the answer is worth in the figure that is told first, from 0 to 1
   */
  public record ImageAnswer(
      int row, List<String> images, String question, String answer, double score) {

    public ImageAnswer {
      images = List.copyOf(images);
    }
  }
}
