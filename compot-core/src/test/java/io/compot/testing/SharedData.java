package io.compot.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Large test material (golden outputs, trained models, texts) that lies beside the checkout in a
 * folder {@code shared}, or where the environment variable {@code COMPOT_TEST_DATA} says. Tests
 * that need it are skipped with a message where it is absent.
 */
public final class SharedData {

  private SharedData() {}

  /**
   * The path of a file or folder under the test material; skips the calling test if it is absent.
   */
  public static Path path(String relative) {
    Path found = root().resolve(relative);
    assumeTrue(Files.exists(found), () -> "skipped: no test material at " + found);
    return found;
  }

  /** Whether the test material is here. */
  public static boolean present() {
    return Files.isDirectory(root().resolve("golden"));
  }

  private static Path root() {
    String configured = System.getenv("COMPOT_TEST_DATA");
    if (configured != null) {
      return Path.of(configured);
    }
    // Modules' tests run in their own folder, inside the checkout.
    return Path.of("..", "..", "shared").toAbsolutePath().normalize();
  }
}
