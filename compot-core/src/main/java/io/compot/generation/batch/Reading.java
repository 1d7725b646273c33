package io.compot.generation.batch;

import io.compot.generation.Generator;
import io.compot.generation.PromptScores;
import io.compot.generation.Sequence;
import io.compot.model.CausalModel;
import io.compot.model.Sight;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A job whose tokens the model is seeing. */
final class Reading {

  final Job job;
  final Sequence sequence;
  final int remembered;
  private final PromptScores scores = PromptScores.none();
  private @Nullable Sight sight;

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
      case Job.Continue texts -> {
        Supplier<Sight> images = texts.images();
        if (images == null) {
          sequence.extend(job.tokens(), piece);
        } else {
          sequence.see(job.tokens(), looked(images), piece);
        }
      }
      case Job.Score score -> scores.extend(model, sequence, score.tokens(), piece, score.top());
    }
  }

  /** The images, looked at once for all pieces. */
  private Sight looked(Supplier<Sight> images) {
    Sight seen = sight;
    if (seen == null) {
      seen = Sight.owned(images);
      sight = seen;
    }
    return seen;
  }

  /** Lets go of the images; the sequence stays. */
  void forget() {
    if (sight != null) {
      sight.close();
      sight = null;
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
