package io.compot.progress;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A piece of long work while it runs: who hears of it, who may stop it, how much of what it could
 * keep in files it may hold in memory, and how long its stages took. One thread has it.
 */
public final class Run {

  private final ProgressListener listener;
  private final StopRequest stop;
  private final long memory;
  private final Map<String, Double> seconds = new LinkedHashMap<>();

  /**
   * Work that begins.
   *
   * @param memory most bytes of hidden states in memory
   */
  public Run(ProgressListener listener, StopRequest stop, long memory) {
    this.listener = listener;
    this.stop = stop;
    this.memory = memory;
  }

  /** Work that nobody stops and that holds nothing. */
  public static Run of(ProgressListener listener) {
    return new Run(listener, StopRequest.never(), 0);
  }

  /**
   * Begins a stage.
   *
   * @param total units of work, of about equal time; 0 if unknown
   */
  public Stage stage(String name, long total) {
    return new Stage(name, total, this);
  }

  /** Says something outside of stages. */
  public void tell(Progress event) {
    listener.on(event);
  }

  /** Looked at in safe points. */
  public StopRequest stop() {
    return stop;
  }

  /** Most bytes of hidden states in memory; more are kept in files. */
  public long memory() {
    return memory;
  }

  /** Seconds of each stage so far, in the order in which they began to count. */
  public Map<String, Double> seconds() {
    return Collections.unmodifiableMap(new LinkedHashMap<>(seconds));
  }

  /** Puts a time in place of what a stage took here: work in common took it elsewhere. */
  public void took(String stage, double elsewhere) {
    seconds.put(stage, elsewhere);
  }

  void add(String stage, double elapsed) {
    seconds.merge(stage, elapsed, Double::sum);
  }
}
