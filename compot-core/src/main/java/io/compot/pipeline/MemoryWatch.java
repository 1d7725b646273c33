package io.compot.pipeline;

import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Looks ten times a second how much anonymous memory is resident, that is without the mapped files
 * that the system may drop. Knows nothing where there is no {@code /proc}.
 */
public final class MemoryWatch implements AutoCloseable {

  private static final Path STATUS = Path.of("/proc/self/status");
  private static final long MILLISECONDS = 100;

  private final AtomicLong peak = new AtomicLong();
  private final AtomicLong peakOfStage = new AtomicLong();
  private final Map<String, Long> byStage = new LinkedHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final Thread thread;

  public MemoryWatch() {
    look();
    thread = Thread.ofPlatform().daemon().name("memory-watch").start(this::watch);
  }

  /** The largest seen, in bytes; 0 where nothing can be known. */
  public long peak() {
    look();
    return peak.get();
  }

  /** The largest seen in each stage that the listener was told of, in bytes. */
  public Map<String, Long> peakByStage() {
    return byStage;
  }

  /** A listener that notes the stages, and passes everything on. */
  public ProgressListener noting(ProgressListener listener) {
    return event -> {
      switch (event) {
        case Progress.StageStarted _ -> {
          peakOfStage.set(0);
          look();
        }
        case Progress.StageFinished finished -> {
          look();
          byStage.merge(finished.stage(), peakOfStage.get(), Math::max);
        }
        default -> {}
      }
      listener.on(event);
    };
  }

  private void watch() {
    while (!closed.get()) {
      look();
      try {
        Thread.sleep(MILLISECONDS);
      } catch (InterruptedException e) {
        return;
      }
    }
  }

  private void look() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith("RssAnon:")) {
          long kibibytes = Long.parseLong(line.replaceAll("\\D", ""));
          peak.accumulateAndGet(kibibytes * 1024, Math::max);
          peakOfStage.accumulateAndGet(kibibytes * 1024, Math::max);
        }
      }
    } catch (IOException | NumberFormatException e) {
      closed.set(true); // no such system
    }
  }

  @Override
  public void close() {
    closed.set(true);
    thread.interrupt();
  }
}
