package io.compot;

import io.compot.error.FailureException;
import io.compot.generation.Generator;
import io.compot.generation.batch.Job;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.function.Consumer;

/** What the thread that computes tells the one that asked. */
sealed interface AnswerEvent {

  /** A piece of an answer. */
  record Piece(GenerationPiece piece) implements AnswerEvent {}

  /** An answer is at its end. */
  record Whole(int choice, Generation answer) implements AnswerEvent {}

  /** There will be none. */
  record Failed(RuntimeException why) implements AnswerEvent {}

  /** Tells. */
  record Sender(List<Answer> answers, BlockingQueue<AnswerEvent> events) implements Job.Writer {

    @Override
    public boolean hear(int choice, Generator.Step step) {
      return answers.get(choice).hear(step);
    }

    @Override
    public void finished(int choice, Generator.Result result, int remembered) {
      events.add(new Whole(choice, answers.get(choice).finish(result, remembered)));
    }

    @Override
    public void failed(RuntimeException why) {
      events.add(new Failed(why));
    }
  }

  /** Hears until all answers are whole. */
  static List<Generation> receive(
      BlockingQueue<AnswerEvent> events, int count, Consumer<GenerationPiece> listener)
      throws FailureException {
    List<Generation> whole = new ArrayList<>(Collections.nCopies(count, null));
    for (int left = count; left > 0; ) {
      switch (take(events)) {
        case Piece(GenerationPiece piece) -> listener.accept(piece);
        case Whole(int choice, Generation answer) -> {
          whole.set(choice, answer);
          left--;
        }
        case Failed(RuntimeException why) -> throw failure(why);
      }
    }
    return whole;
  }

  /** The next event. */
  static <T> T take(BlockingQueue<T> events) throws FailureException {
    try {
      return events.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new FailureException("interrupted while the model computes", e);
    }
  }

  static FailureException failure(RuntimeException why) {
    return new FailureException("the computation failed: " + why.getMessage(), why);
  }
}
