package io.compot.benchmarks;

import java.lang.management.ManagementFactory;

/**
 * Time since it was made: on the clock, and of all processors together, which other programs on the
 * machine disturb less.
 */
final class Stopwatch {

  private final long clock = System.nanoTime();
  private final long processors = cpuTime();

  /** A span of time in seconds. */
  record Time(double clock, double processors) {

    Time minus(Time other) {
      return new Time(clock - other.clock, processors - other.processors);
    }

    Time plus(Time other, double times) {
      return new Time(clock + times * other.clock, processors + times * other.processors);
    }
  }

  Time elapsed() {
    return new Time((System.nanoTime() - clock) * 1e-9, (cpuTime() - processors) * 1e-9);
  }

  private static long cpuTime() {
    var system = ManagementFactory.getOperatingSystemMXBean();
    return system instanceof com.sun.management.OperatingSystemMXBean process
        ? process.getProcessCpuTime()
        : 0;
  }
}
