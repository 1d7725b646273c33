package io.compot.testing;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Large test material (golden outputs, trained models, texts) that lies beside the checkout in a
 * folder {@code shared}, or where the environment variable {@code COMPOT_TEST_DATA} says. Tests
 * that need it are skipped with a message where it is absent, and fail where the variable says that
 * it is there.
 */
public final class SharedData {

  private static final String VARIABLE = "COMPOT_TEST_DATA";

  private SharedData() {}

  /**
   * The path of a file or folder under the test material; if it is absent, skips the calling test,
   * or fails it where somebody has said that the material is there.
   */
  public static Path path(String relative) {
    Path found = root().resolve(relative);
    if (System.getenv(VARIABLE) != null && !Files.exists(found)) {
      throw new AssertionError(VARIABLE + " is set, and there is no " + found);
    }
    assumeTrue(Files.exists(found), () -> "skipped: no test material at " + found);
    return found;
  }

  /** Whether the test material is here. */
  public static boolean present() {
    return Files.isDirectory(root().resolve("golden"));
  }

  private static Path root() {
    String configured = System.getenv(VARIABLE);
    if (configured != null) {
      return Path.of(configured);
    }
    // Modules' tests run in their own folder, inside the checkout.
    return Path.of("..", "..", "shared").toAbsolutePath().normalize();
  }
}
