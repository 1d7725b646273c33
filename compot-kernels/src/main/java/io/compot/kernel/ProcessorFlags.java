package io.compot.kernel;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What the processor can do, where the system says so. The Vector API does not: what it has no
 * instruction for it does lane by lane, a hundred times as slow.
 */
final class ProcessorFlags {

  private static final Set<String> FLAGS = read(Path.of("/proc/cpuinfo"));

  private ProcessorFlags() {}

  /** Whether Linux names this flag; false on other systems. */
  static boolean has(String flag) {
    return FLAGS.contains(flag);
  }

  private static Set<String> read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1)
          .lines()
          .filter(line -> line.startsWith("flags"))
          .limit(1)
          .flatMap(line -> Arrays.stream(line.substring(line.indexOf(':') + 1).trim().split(" ")))
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      return Set.of();
    }
  }
}
