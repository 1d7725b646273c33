package io.compot.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Optional;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/**
 * As long as one is open, OpenBLAS multiplies F32 matrices in the calling thread. Its own threads
 * wait by spinning: where products are small, or already run in parallel as those of attention do,
 * they cost more than they bring, and on a busy machine many times as much as the work itself.
 *
 * <p>The number of OpenBLAS's threads belongs to the process, so openings are counted, and the last
 * close puts back what the first open found. Without OpenBLAS (other platforms) it does nothing.
 */
public final class SingleBlasThread implements AutoCloseable {

  /**
   * OpenBLAS's own functions, which its Java binding leaves out.
   *
   * @param get {@code int openblas_get_num_threads(void)}
   * @param set {@code void openblas_set_num_threads(int)}
   */
  private record OpenBlas(MethodHandle get, MethodHandle set) {

    static final Optional<OpenBlas> LOADED = find();

    private static Optional<OpenBlas> find() {
      Loader.load(torch.class);
      return Loader.getLoadedLibraries().values().stream()
          .map(Path::of)
          .filter(file -> file.getFileName().toString().startsWith("libopenblas"))
          .findFirst()
          .flatMap(OpenBlas::in);
    }

    private static Optional<OpenBlas> in(Path library) {
      SymbolLookup symbols = SymbolLookup.libraryLookup(library, Arena.global());
      Optional<MemorySegment> get = symbols.find("openblas_get_num_threads");
      Optional<MemorySegment> set = symbols.find("openblas_set_num_threads");
      if (get.isEmpty() || set.isEmpty()) {
        return Optional.empty();
      }
      Linker linker = Linker.nativeLinker();
      return Optional.of(
          new OpenBlas(
              linker.downcallHandle(get.get(), FunctionDescriptor.of(ValueLayout.JAVA_INT)),
              linker.downcallHandle(set.get(), FunctionDescriptor.ofVoid(ValueLayout.JAVA_INT))));
    }

    int threads() {
      try {
        return (int) get.invokeExact();
      } catch (Throwable e) {
        throw new IllegalStateException("a C function without arguments cannot fail", e);
      }
    }

    void threads(int count) {
      try {
        set.invokeExact(count);
      } catch (Throwable e) {
        throw new IllegalStateException("a C function of one number cannot fail", e);
      }
    }
  }

  private static int open;
  private static int before;

  private boolean closed;

  private SingleBlasThread() {}

  /** From here on in one thread. */
  public static SingleBlasThread open() {
    synchronized (SingleBlasThread.class) {
      if (open == 0) {
        before = threads();
        set(1);
      }
      open++;
    }
    return new SingleBlasThread();
  }

  /** How many threads OpenBLAS uses now; 1 where there is none. */
  static int threads() {
    return OpenBlas.LOADED.map(OpenBlas::threads).orElse(1);
  }

  /** For all of the process. */
  static void set(int count) {
    OpenBlas.LOADED.ifPresent(each -> each.threads(count));
  }

  @Override
  public void close() {
    synchronized (SingleBlasThread.class) {
      if (closed) {
        return;
      }
      closed = true;
      open--;
      if (open == 0) {
        set(before);
      }
    }
  }
}
