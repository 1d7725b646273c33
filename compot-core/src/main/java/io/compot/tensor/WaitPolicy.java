package io.compot.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How OpenMP's threads wait for each other. By default they spin, which makes small operations
 * crawl on a machine that has other work to do. The library asks the environment once, when it is
 * loaded; a process may change its own environment before.
 */
final class WaitPolicy {

  private static final Logger LOG = LoggerFactory.getLogger(WaitPolicy.class);
  private static final String VARIABLE = "OMP_WAIT_POLICY";

  private WaitPolicy() {}

  /**
   * Has them sleep, unless the environment says otherwise; to be called before libtorch is there.
   */
  static void passive() {
    if (System.getenv(VARIABLE) == null && !set(VARIABLE, "passive")) {
      LOG.warn(
          "threads will wait by spinning, which is slow on a busy machine; start the process with {}=passive",
          VARIABLE);
    }
  }

  /** C's {@code int setenv(const char *name, const char *value, int overwrite)}. */
  private static boolean set(String name, String value) {
    Linker linker = Linker.nativeLinker();
    var function = linker.defaultLookup().find("setenv");
    if (function.isEmpty()) {
      return false;
    }
    try (var arena = Arena.ofConfined()) {
      var handle =
          linker.downcallHandle(
              function.get(),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS,
                  ValueLayout.JAVA_INT));
      return (int) handle.invoke(arena.allocateFrom(name), arena.allocateFrom(value), 0) == 0;
    } catch (Throwable refused) {
      // An application may deny native access; the libraries will say so better than this can.
      return false;
    }
  }
}
