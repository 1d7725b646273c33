package io.compot.cli;

/** Entry point of the {@code compot} command. */
public final class Main {

  private Main() {}

  /** Runs the command and exits with its code. */
  public static void main(String[] arguments) {
    System.exit(2);
  }
}
