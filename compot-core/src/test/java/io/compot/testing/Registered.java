package io.compot.testing;

import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** Does something while service files name classes of tests. */
public final class Registered {

  private Registered() {}

  /** Something to be done while they do. */
  @FunctionalInterface
  public interface Work {
    void run() throws Exception;
  }

  /**
   * Does something while each service is provided by a class of its own.
   *
   * @param folder an empty one, for the files
   * @param services service to provider
   */
  public static void during(Path folder, Map<Class<?>, Class<?>> services, Work work)
      throws Exception {
    Path files = Files.createDirectories(folder.resolve("META-INF/services"));
    for (var entry : services.entrySet()) {
      Files.writeString(files.resolve(entry.getKey().getName()), entry.getValue().getName() + "\n");
    }
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (var loader = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
      thread.setContextClassLoader(loader);
      work.run();
    } finally {
      thread.setContextClassLoader(before);
    }
  }
}
