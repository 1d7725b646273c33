package io.compot.generation.batch;

import io.compot.generation.Generator;
import io.compot.generation.PromptScores;
import io.compot.generation.Sequence;
import io.compot.model.CausalModel;
import java.util.List;

/** A job whose tokens the model is seeing. */
final class Reading {

  final Job job;
  final Sequence sequence;
  final int remembered;
  private final PromptScores scores = PromptScores.none();

  /**
   * @param remembered tokens that the sequence had seen before
   */
  Reading(Job job, Sequence sequence, int remembered) {
    this.job = job;
    this.sequence = sequence;
    this.remembered = remembered;
  }

  boolean whole() {
    return sequence.length() == job.tokens().length;
  }

  void advance(CausalModel model, int piece) {
    switch (job) {
      case Job.Continue _ -> sequence.extend(job.tokens(), piece);
      case Job.Score score -> scores.extend(model, sequence, score.tokens(), piece, score.top());
    }
  }

  void finish() {
    if (job instanceof Job.Score score) {
      score.reader().finished(scores);
    }
  }

  /** Ends a job that nobody wants any more. */
  static void abandon(Job job) {
    switch (job) {
      case Job.Continue texts -> {
        for (int choice = 0; choice < texts.choices().size(); choice++) {
          texts
              .writer()
              .finished(choice, new Generator.Result(List.of(), Generator.End.HEARD_ENOUGH), 0);
        }
      }
      case Job.Score score -> score.reader().finished(PromptScores.none());
    }
  }
}
