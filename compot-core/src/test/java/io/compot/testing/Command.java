package io.compot.testing;

import java.io.IOException;

/** A command of the system. */
public final class Command {

  private Command() {}

  /** Whether it could be run and ended well. */
  public static boolean run(String... command) {
    try {
      return new ProcessBuilder(command).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
