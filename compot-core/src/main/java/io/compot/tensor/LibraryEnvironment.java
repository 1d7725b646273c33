package io.compot.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What native libraries ask the environment for, once, when they are loaded; a process may change
 * its own environment before. What was set by whoever started it stays.
 */
final class LibraryEnvironment {

  private static final Logger LOG = LoggerFactory.getLogger(LibraryEnvironment.class);
  private static final String WAIT_POLICY = "OMP_WAIT_POLICY";
  private static final String LARGE_PAGES = "THP_MEM_ALLOC_ENABLE";

  private LibraryEnvironment() {}

  /**
   * Has OpenMP's threads sleep while they wait for each other (by default they spin, which makes
   * small operations crawl on a machine that has other work to do), and has libtorch ask for large
   * pages for tensors of 2 MiB and more: the system gives memory a page at a time. To be called
   * before libtorch is there.
   */
  static void prepare() {
    if (!setUnlessSet(WAIT_POLICY, "passive")) {
      LOG.warn(
          "threads will wait by spinning, which is slow on a busy machine; start the process with {}=passive",
          WAIT_POLICY);
    }
    if (!setUnlessSet(LARGE_PAGES, "1")) {
      LOG.debug("memory comes in small pages; {}=1 would change that", LARGE_PAGES);
    }
  }

  private static boolean setUnlessSet(String name, String value) {
    return System.getenv(name) != null || set(name, value);
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
