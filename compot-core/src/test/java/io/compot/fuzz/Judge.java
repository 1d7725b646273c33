package io.compot.fuzz;

import com.sun.management.ThreadMXBean;
import io.compot.error.CompotException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Runs one hostile input and says what was wrong with how it ended. */
final class Judge {

  /**
   * Heap that is allocated, in all, for a folder of hostile files: so much, and so often its size.
   */
  static final long HEAP_BASE = 8L << 20;

  static final long HEAP_TIMES = 512;

  static final double MOST_SECONDS = 2;

  private static final int LONGEST_LINE = 2000;

  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private final Path root;
  private final Set<FuzzTarget> prepared = new HashSet<>();
  private long mostHeap;
  private double mostSeconds;
  private long accepted;
  private long refused;

  /**
   * A judge.
   *
   * @param root where the targets' folders lie
   */
  Judge(Path root) {
    this.root = root;
  }

  /** The folder of a target, prepared before its first input. */
  private Path folder(FuzzTarget target) throws IOException {
    Path folder = root.resolve(target.name());
    if (prepared.add(target)) {
      Files.createDirectories(folder);
      target.prepare(folder.toRealPath());
      // What the first reader allocates is for all of them: classes, tables, native libraries.
      for (int i = 0; i < 2; i++) {
        try {
          target.read(folder.toRealPath());
        } catch (Exception e) {
          throw new IllegalStateException(target + " does not take its own files", e);
        }
      }
    }
    return folder.toRealPath();
  }

  /**
   * Tries one input.
   *
   * @return what was wrong; empty where it was accepted or refused as it should be
   */
  Optional<String> judge(FuzzTarget target, long seed) throws IOException {
    Path folder = folder(target);
    // Streams of neighbouring seeds have little in common only after the seed is mixed.
    target.write(folder, new SplittableRandom(seed).split());
    long size = size(folder);
    long thread = Thread.currentThread().threadId();
    long heap = threads.getThreadAllocatedBytes(thread);
    long cpu = threads.getCurrentThreadCpuTime();
    Optional<String> wrong = outcome(target, folder);
    double seconds = (threads.getCurrentThreadCpuTime() - cpu) / 1e9;
    long allocated = threads.getThreadAllocatedBytes(thread) - heap;
    mostSeconds = Math.max(mostSeconds, seconds);
    mostHeap = Math.max(mostHeap, allocated);
    if (wrong.isEmpty() && seconds > MOST_SECONDS) {
      return Optional.of("it took %.1f s".formatted(seconds));
    }
    if (wrong.isEmpty() && allocated > HEAP_BASE + HEAP_TIMES * size) {
      return Optional.of("%d bytes of files took %d of heap".formatted(size, allocated));
    }
    return wrong;
  }

  @SuppressWarnings("CatchingUnchecked") // whatever is thrown is what is looked for
  private Optional<String> outcome(FuzzTarget target, Path folder) {
    try {
      target.read(folder);
      accepted++;
      return Optional.empty();
    } catch (CompotException e) {
      refused++;
      String line = e.getMessage();
      boolean plain = line.chars().noneMatch(Character::isISOControl);
      return plain && line.length() <= LONGEST_LINE
          ? Optional.empty()
          : Optional.of("the refusal is no plain line of %d: %s".formatted(LONGEST_LINE, line));
    } catch (Throwable e) {
      StackTraceElement[] trace = e.getStackTrace();
      return Optional.of("%s at %s".formatted(e, trace.length == 0 ? "?" : trace[0]));
    }
  }

  private static long size(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .mapToLong(file -> {
            try {
              return Files.size(file);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          })
          .sum();
    }
  }

  /** What was seen, in one line. */
  String summary() {
    return "accepted %d, refused %d, most heap %d bytes, longest %.3f s of processor"
        .formatted(accepted, refused, mostHeap, mostSeconds);
  }

  long accepted() {
    return accepted;
  }

  long refused() {
    return refused;
  }
}
