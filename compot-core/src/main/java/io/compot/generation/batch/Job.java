package io.compot.generation.batch;

import io.compot.generation.Generator;
import io.compot.generation.PromptScores;
import io.compot.model.Sight;
import io.compot.progress.StopRequest;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What is asked of a model. */
public sealed interface Job {

  /** The tokens that the model sees first, at least one; not to be changed. */
  long[] tokens();

  /** Asked between steps; a job that is stopped ends at once. */
  StopRequest stop();

  /** Whether images are among its tokens, so that no other job's beginning is its own. */
  default boolean sees() {
    return false;
  }

  /** Most tokens that it needs caches for. */
  long most();

  /** It will not be done, since the computation failed. */
  void failed(RuntimeException why);

  /** Hears what becomes of a prompt; on the thread that computes, which must not wait. */
  interface Writer {

    /** Whether to go on. */
    boolean hear(int choice, Generator.Step step);

    /** A text is at its end. */
    void finished(int choice, Generator.Result result, int remembered);

    /** There will be none. */
    void failed(RuntimeException why);
  }

  /** Continues a prompt in one or several ways. */
  final class Continue implements Job {

    private final long[] tokens;
    private final List<Generator.Settings> choices;
    private final Writer writer;
    private final StopRequest stop;
    private final @Nullable Supplier<Sight> images;

    /**
     * @param choices settings of each way
     */
    public Continue(
        long[] tokens, List<Generator.Settings> choices, Writer writer, StopRequest stop) {
      this(tokens, choices, writer, stop, null);
    }

    /**
     * A prompt with images.
     *
     * @param choices settings of each way
     * @param images gives them, in the caller's scope, when the prompt's turn has come, on the
     *     thread that computes; null where there are none
     */
    public Continue(
        long[] tokens,
        List<Generator.Settings> choices,
        Writer writer,
        StopRequest stop,
        @Nullable Supplier<Sight> images) {
      this.tokens = tokens.clone();
      this.choices = List.copyOf(choices);
      this.writer = writer;
      this.stop = stop;
      this.images = images;
    }

    @Nullable Supplier<Sight> images() {
      return images;
    }

    @Override
    public boolean sees() {
      return images != null;
    }

    List<Generator.Settings> choices() {
      return choices;
    }

    Writer writer() {
      return writer;
    }

    @Override
    public long[] tokens() {
      return tokens;
    }

    @Override
    public StopRequest stop() {
      return stop;
    }

    @Override
    public long most() {
      return choices.stream().mapToLong(each -> tokens.length + (long) each.maxTokens()).sum();
    }

    @Override
    public void failed(RuntimeException why) {
      writer.failed(why);
    }
  }

  /** Hears how likely tokens are. */
  interface Reader {

    /** All of them, or those before it was stopped. */
    void finished(PromptScores scores);

    /** There will be none. */
    void failed(RuntimeException why);
  }

  /** Tells how likely the tokens are. */
  final class Score implements Job {

    private final long[] tokens;
    private final int top;
    private final Reader reader;
    private final StopRequest stop;

    /**
     * @param top how many of the most likely ones to tell at each place
     */
    public Score(long[] tokens, int top, Reader reader, StopRequest stop) {
      this.tokens = tokens.clone();
      this.top = top;
      this.reader = reader;
      this.stop = stop;
    }

    int top() {
      return top;
    }

    Reader reader() {
      return reader;
    }

    @Override
    public long[] tokens() {
      return tokens;
    }

    @Override
    public StopRequest stop() {
      return stop;
    }

    @Override
    public long most() {
      return tokens.length;
    }

    @Override
    public void failed(RuntimeException why) {
      reader.failed(why);
    }
  }
}
