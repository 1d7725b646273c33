package io.compot.generation;

import io.compot.generation.Generator.End;
import io.compot.generation.Generator.Listener;
import io.compot.generation.Generator.Result;
import io.compot.generation.Generator.Settings;
import io.compot.generation.Generator.Step;
import io.compot.generation.LogProbabilities.Scored;
import io.compot.generation.grammar.Constraint;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A text in the making, one token after the other: who makes it appends each chosen token to the
 * sequence, alone or together with those of other texts, before the next one is chosen.
 */
public final class Continuation {

  private final Sequence sequence;
  private final Settings settings;
  private final int room;
  private final Listener listener;
  private final Sampler sampler;
  private final TokenCounts seen;
  private final List<Long> written = new ArrayList<>();
  private final Constraint.@Nullable Text held;
  private @Nullable End end;

  /**
   * @param sequence what is continued; has seen the prompt
   * @param room most tokens that the context holds behind it
   */
  public Continuation(Sequence sequence, Settings settings, int room, Listener listener) {
    this.sequence = sequence;
    this.settings = settings;
    this.room = room;
    this.listener = listener;
    this.sampler = new Sampler(settings.sampling(), settings.seed());
    this.seen = TokenCounts.of(sequence.tokens());
    this.held = settings.constraint() == null ? null : settings.constraint().begin();
  }

  /** What is continued. */
  public Sequence sequence() {
    return sequence;
  }

  /**
   * Chooses a token by the sequence's logits and tells the listener.
   *
   * @return whether the text goes on behind it
   */
  public boolean choose() {
    Step step = step(sequence.logits());
    boolean goesOn = listener.hear(step);
    if (step.ends()) {
      end = End.STOPPED;
      return false;
    }
    written.add((long) step.token());
    seen.add(step.token());
    if (held != null) {
      held.add(step.token());
    }
    if (!goesOn) {
      end = End.HEARD_ENOUGH;
    } else if (held != null && held.isAtItsEnd()) {
      end = End.STOPPED;
    } else if (written.size() == settings.maxTokens()) {
      end = End.MAX_TOKENS;
    } else if (written.size() >= room) {
      end = End.CONTEXT_FULL;
    }
    return end == null;
  }

  /** The token to append before the next one is chosen. */
  public long chosen() {
    return written.getLast();
  }

  /** What was written; of a text that goes on, as if nobody wanted more of it. */
  public Result result() {
    return new Result(written, end == null ? End.HEARD_ENOUGH : end);
  }

  private Step step(float[] logits) {
    float[] allowed = held == null ? logits : held.hold(logits, settings.stops());
    int token = sampler.choose(allowed, seen);
    boolean ends = settings.stops().contains((long) token);
    if (settings.top() < 0) {
      return new Step(new Scored(token, Double.NaN), List.of(), ends);
    }
    double normaliser = LogProbabilities.normaliser(logits);
    return new Step(
        new Scored(token, logits[token] - normaliser),
        LogProbabilities.top(logits, settings.top(), normaliser),
        ends);
  }
}
