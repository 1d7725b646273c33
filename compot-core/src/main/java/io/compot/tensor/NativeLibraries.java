package io.compot.tensor;

import io.compot.error.FailureException;
import java.util.Map;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

/**
 * Makes the native libraries ready before their first use: where they are unpacked, and how they
 * behave, which they ask only once. What the application or its user has set stays as it is.
 */
public final class NativeLibraries {

  /** Read by JavaCPP and by the tokenizer library when their first class is initialised. */
  private static final Map<String, String> PROPERTIES =
      Map.of(
          // JavaCPP would count native memory against a multiple of the Java heap, and give up.
          "org.bytedeco.javacpp.maxBytes", "0",
          "org.bytedeco.javacpp.maxPhysicalBytes", "0",
          // The tokenizer library would look for a GPU build of itself and report its use.
          "ai.djl.offline", "true",
          "RUST_FLAVOR", "cpu");

  private static boolean loaded;

  private NativeLibraries() {}

  /**
   * Loads libtorch, unless it is there already.
   *
   * @throws FailureException where there is no folder to unpack the libraries into or they cannot
   *     be loaded from it, saying which, why and what to do
   */
  public static synchronized void load() throws FailureException {
    if (loaded) {
      return;
    }
    settle();
    UnpackedLibraries folder = UnpackedLibraries.choose();
    folder.use();
    LibraryEnvironment.prepare();
    try {
      Loader.load(torch.class);
    } catch (LinkageError failed) {
      throw folder.failed(failed);
    }
    fewThreads();
    loaded = true;
  }

  /** Sets what the libraries read; to be called before their first class is initialised. */
  static void settle() {
    PROPERTIES.forEach(NativeLibraries::setUnlessSet);
  }

  /**
   * No more threads than there are processors: libtorch and OpenBLAS count those of the machine,
   * Java those that a container may use.
   */
  private static void fewThreads() {
    int processors = Runtime.getRuntime().availableProcessors();
    if (System.getenv("OMP_NUM_THREADS") == null && torch.get_num_threads() > processors) {
      torch.set_num_threads(processors);
    }
    if (System.getenv("OPENBLAS_NUM_THREADS") == null
        && System.getenv("OMP_NUM_THREADS") == null
        && SingleBlasThread.threads() > processors) {
      SingleBlasThread.set(processors);
    }
  }

  static void setUnlessSet(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
