package io.compot.fuzz;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A process that tries many inputs of one kind, and writes down which it is at before each: native
 * code that fails takes the whole process with it.
 *
 * <p>Arguments: folder, target, first seed, number of seeds. Standard output has a line for each
 * finding and one with figures.
 */
final class FuzzWorker {

  /** All kinds of files. */
  static final List<FuzzTarget> TARGETS =
      Stream.<FuzzTarget[]>of(
              CheckpointTarget.values(),
              TextTarget.values(),
              RecipeTarget.values(),
              JournalTarget.values(),
              GgufTarget.values(),
              ForeignTarget.values(),
              SoundTarget.values(),
              ImageTarget.values())
          .flatMap(Stream::of)
          .toList();

  /** The file in the folder that tells which seed is being tried. */
  static final String AT = "at";

  static final int HUNG = 99;

  /** Generous, since the machine may be busy; processor time is judged more strictly. */
  private static final Duration HANG = Duration.ofSeconds(30);

  private static final int BETWEEN_LOOKS = 500;

  /** Native memory may grow by this much between two looks. */
  private static final long MOST_GROWTH = 96L << 20;

  private static volatile long current;

  private FuzzWorker() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    FuzzTarget target =
        TARGETS.stream().filter(each -> each.name().equals(arguments[1])).findFirst().orElseThrow();
    long first = Long.parseLong(arguments[2]);
    long count = Long.parseLong(arguments[3]);
    Thread.ofPlatform().daemon().start(FuzzWorker::watch);
    Judge judge = new Judge(folder);
    try (var channel =
        FileChannel.open(
            folder.resolve(AT),
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      MappedByteBuffer at = channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES);
      long peak = 0;
      for (long seed = first; seed < first + count; seed++) {
        at.putLong(0, seed);
        current = seed;
        Optional<String> wrong = judge.judge(target, seed);
        if (wrong.isPresent()) {
          System.out.println("finding: %s %d: %s".formatted(target.name(), seed, wrong.get()));
        }
        if ((seed - first) % BETWEEN_LOOKS == BETWEEN_LOOKS - 1) {
          long now = peakResident();
          // The first look finds the libraries and the heap as they settle.
          if (peak > 0 && now - peak > MOST_GROWTH) {
            System.out.println(
                "finding: %s %d..%d: resident memory rose by %d bytes"
                    .formatted(target.name(), seed - BETWEEN_LOOKS + 1, seed, now - peak));
          }
          peak = now;
        }
      }
    }
    System.out.println(
        "%s: %s, peak resident %d MiB%s"
            .formatted(target.name(), judge.summary(), peakResident() >> 20, mapped(folder)));
    System.exit(0);
  }

  /** Which seed a worker was at. */
  static long at(Path folder) throws IOException {
    return ByteBuffer.wrap(Files.readAllBytes(folder.resolve(AT))).getLong();
  }

  private static void watch() {
    long last = -1;
    while (true) {
      long before = current;
      try {
        Thread.sleep(HANG);
      } catch (InterruptedException _) {
        return;
      }
      if (before == current && last == before) {
        System.out.println("hung at " + before);
        Runtime.getRuntime().halt(HUNG);
      }
      last = current;
    }
  }

  private static long peakResident() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) << 10)
        .findFirst()
        .orElse(0);
  }

  /** Says so where anything under the folder is mapped as a program. */
  private static String mapped(Path folder) throws IOException {
    String inside = folder.toRealPath().toString();
    return Files.readAllLines(Path.of("/proc/self/maps")).stream()
        .filter(line -> line.contains(inside) && line.split(" ", 3)[1].contains("x"))
        .findFirst()
        .map(line -> "\nfinding: code mapped: " + line)
        .orElse("");
  }
}
