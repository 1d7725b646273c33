package io.compot;

import io.compot.error.FailureException;
import io.compot.generation.PromptScores;
import io.compot.generation.batch.Job;
import java.util.concurrent.BlockingQueue;

/** What the thread that computes tells the one that asked for scores. */
sealed interface ScoreEvent {

  /** All that there are. */
  record Whole(PromptScores scores) implements ScoreEvent {}

  /** There will be none. */
  record Failed(RuntimeException why) implements ScoreEvent {}

  /** Tells. */
  record Sender(BlockingQueue<ScoreEvent> events) implements Job.Reader {

    @Override
    public void finished(PromptScores scores) {
      events.add(new Whole(scores));
    }

    @Override
    public void failed(RuntimeException why) {
      events.add(new Failed(why));
    }
  }

  /** Waits for it. */
  static PromptScores receive(BlockingQueue<ScoreEvent> events) throws FailureException {
    return switch (AnswerEvent.take(events)) {
      case Whole(PromptScores scores) -> scores;
      case Failed(RuntimeException why) -> throw AnswerEvent.failure(why);
    };
  }
}
