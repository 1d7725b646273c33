package io.compot.generation.batch;

import io.compot.generation.Continuation;
import io.compot.generation.Generator;
import io.compot.generation.Sequence;
import io.compot.model.CausalModel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Jobs that one model works on at once, step by step (continuous batching, as in Yu et al., Orca,
 * OSDI 2022): a step reads a piece of one prompt and adds a token to every text. Jobs join and
 * leave between steps. A job waits until there is room for all that it may come to need, so that
 * none has to be given up; and it waits for a beginning that another job is just computing.
 *
 * <p>For one thread.
 */
public final class Batch implements AutoCloseable {

  private final CausalModel model;
  private final Generator generator;
  private final BatchLimits limits;
  private final long tokenBytes;
  private final KeptSequences kept = new KeptSequences();
  private final Deque<Job> waiting = new ArrayDeque<>();
  private final Deque<Reading> reading = new ArrayDeque<>();
  private final List<Writing> writing = new ArrayList<>();

  /**
   * An empty one.
   *
   * @param model stays the caller's
   */
  public Batch(CausalModel model, BatchLimits limits) {
    this.model = model;
    this.generator = new Generator(model);
    this.limits = limits;
    this.tokenBytes = tokenBytes(model);
  }

  private static long tokenBytes(CausalModel model) {
    try (var sequence = new Sequence(model)) {
      sequence.limit(1);
      sequence.append(0);
      return sequence.bytes();
    }
  }

  /** Bytes of keys and values of one token. */
  public long tokenBytes() {
    return tokenBytes;
  }

  /** Most tokens of a job; one of more would never find room. */
  public long mostTokens() {
    return limits.cacheBytes() / tokenBytes;
  }

  /** Takes a job on. */
  public void add(Job job) {
    if (job.most() > mostTokens()) {
      throw new IllegalArgumentException("a job of %d bytes".formatted(bytes(job)));
    }
    waiting.add(job);
  }

  /** What there is at the moment. */
  public BatchState state() {
    return new BatchState(
        waiting.size(), reading.size(), writing.size(), reserved(), kept.bytes(), kept.size());
  }

  /**
   * One step.
   *
   * @return whether there is more to do
   */
  public boolean step() {
    try {
      dropStopped();
      admit();
      read();
      write();
    } catch (RuntimeException failure) {
      fail(failure);
    } catch (OutOfMemoryError full) {
      fail(new IllegalStateException("not enough memory", full));
    }
    return !(waiting.isEmpty() && reading.isEmpty() && writing.isEmpty());
  }

  private void dropStopped() {
    for (Iterator<Job> each = waiting.iterator(); each.hasNext(); ) {
      Job job = each.next();
      if (job.stop().wanted()) {
        each.remove();
        Reading.abandon(job);
      }
    }
    for (Iterator<Reading> each = reading.iterator(); each.hasNext(); ) {
      Reading one = each.next();
      if (one.job.stop().wanted()) {
        each.remove();
        one.forget();
        Reading.abandon(one.job);
        keep(one.sequence);
      }
    }
    for (Iterator<Writing> each = writing.iterator(); each.hasNext(); ) {
      Writing one = each.next();
      if (one.job.stop().wanted()) {
        each.remove();
        finish(one);
      }
    }
  }

  private void admit() {
    for (Iterator<Job> each = waiting.iterator(); each.hasNext(); ) {
      Job job = each.next();
      boolean room =
          reading.size() + writing.size() + ways(job) <= Math.max(limits.texts(), ways(job))
              && reserved() + bytes(job) <= limits.cacheBytes();
      if (!room) {
        return; // who came later waits, too, so that a large job finds room at last
      }
      if (!beginningIsComing(job)) {
        each.remove();
        Sequence sequence = begun(job);
        sequence.limit((int) Math.min(Integer.MAX_VALUE, job.most()));
        reading.add(new Reading(job, sequence, sequence.begin(job.tokens())));
        kept.shrink(limits.cacheBytes() - reserved());
      }
    }
  }

  private static int ways(Job job) {
    return job instanceof Job.Continue texts ? texts.choices().size() : 1;
  }

  /** Whether a job that is being read will have seen more of this one's beginning soon. */
  private boolean beginningIsComing(Job job) {
    return job instanceof Job.Continue
        && !job.sees()
        && reading.stream()
            .filter(other -> !other.job.sees())
            .anyMatch(other -> {
              int common = common(other.job.tokens(), job.tokens());
              return common >= KeptSequences.SHORTEST && common > other.sequence.length();
            });
  }

  private static int common(long[] a, long[] b) {
    int mismatch = Arrays.mismatch(a, b);
    return mismatch < 0 ? a.length - 1 : Math.min(mismatch, b.length - 1);
  }

  /** A sequence that has seen as much of the job's beginning as any that there is. */
  private Sequence begun(Job job) {
    if (job instanceof Job.Score || job.sees()) {
      return new Sequence(model); // needs the logits of all places, or has images of its own
    }
    long[] prompt = job.tokens();
    Sequence busy =
        KeptSequences.longest(
            Stream.concat(
                    reading.stream().map(each -> each.sequence),
                    writing.stream().map(each -> each.continuation.sequence()))
                .toList(),
            prompt);
    Sequence done = kept.longest(prompt);
    if (done != null && (busy == null || done.shared(prompt) >= busy.shared(prompt))) {
      int shared = done.shared(prompt);
      if (shared >= done.length() - 1) { // a conversation that goes on
        kept.remove(done);
        return done;
      }
      kept.touch(done);
      return done.copy(shared);
    }
    return busy == null ? new Sequence(model) : busy.copy(busy.shared(prompt));
  }

  private void read() {
    Reading one = reading.peek();
    if (one == null) {
      return;
    }
    one.advance(model, limits.piece());
    if (one.whole()) {
      reading.remove();
      one.forget();
      if (one.job instanceof Job.Continue job) {
        startWriting(job, one);
      } else {
        one.finish();
        keep(one.sequence);
      }
    } else {
      reading.add(reading.remove()); // each in its turn
    }
  }

  private void startWriting(Job.Continue job, Reading read) {
    int last = job.choices().size() - 1;
    for (int choice = 0; choice <= last; choice++) {
      int number = choice;
      Sequence own = choice == last ? read.sequence : read.sequence.copy();
      Generator.Settings settings = job.choices().get(choice);
      own.limit(job.tokens().length + settings.maxTokens());
      writing.add(
          new Writing(
              job,
              choice,
              read.remembered,
              new Continuation(
                  own, settings, generator.room(own), step -> job.writer().hear(number, step))));
    }
  }

  private void write() {
    List<Writing> going = new ArrayList<>();
    for (Writing one : List.copyOf(writing)) {
      if (one.continuation.choose()) {
        going.add(one);
      } else {
        writing.remove(one);
        finish(one);
      }
    }
    append(going.stream().map(one -> one.continuation).toList());
  }

  private void append(List<Continuation> going) {
    if (going.size() == 1) { // alone, as if there was no batch
      going.getFirst().sequence().append(going.getFirst().chosen());
    } else if (!going.isEmpty()) {
      Sequence.append(
          model,
          going.stream().map(Continuation::sequence).toList(),
          going.stream().mapToLong(Continuation::chosen).toArray());
    }
  }

  private void finish(Writing one) {
    keep(one.continuation.sequence());
    one.job.writer().finished(one.choice, one.continuation.result(), one.remembered);
  }

  private void keep(Sequence sequence) {
    if (sequence.length() > 0 && !sequence.sees()) {
      kept.add(sequence);
      kept.shrink(limits.cacheBytes() - reserved());
    } else {
      sequence.close();
    }
  }

  /** Bytes that jobs which have begun may come to need. */
  private long reserved() {
    long tokens = reading.stream().mapToLong(each -> each.job.most()).sum();
    for (Writing each : writing) {
      tokens += each.job.tokens().length + (long) each.job.choices().get(each.choice).maxTokens();
    }
    return tokens * tokenBytes;
  }

  private long bytes(Job job) {
    return job.most() * tokenBytes;
  }

  /** The computation failed: what took part in it ends, what waits has its turn. */
  private void fail(RuntimeException why) {
    Stream.concat(
            reading.stream().map(each -> each.job), writing.stream().map(each -> (Job) each.job))
        .distinct()
        .forEach(job -> job.failed(why));
    closeActive();
    kept.close();
  }

  /** Ends all jobs as if nobody wanted them any more. */
  public void abandon() {
    waiting.forEach(Reading::abandon);
    reading.forEach(each -> Reading.abandon(each.job));
    writing.forEach(this::finish);
    reading.forEach(Reading::forget);
    reading.forEach(each -> each.sequence.close());
    waiting.clear();
    reading.clear();
    writing.clear();
  }

  private void closeActive() {
    reading.forEach(Reading::forget);
    reading.forEach(each -> each.sequence.close());
    writing.forEach(each -> each.continuation.sequence().close());
    reading.clear();
    writing.clear();
  }

  @Override
  public void close() {
    closeActive();
    kept.close();
  }

  private record Writing(Job.Continue job, int choice, int remembered, Continuation continuation) {}
}
