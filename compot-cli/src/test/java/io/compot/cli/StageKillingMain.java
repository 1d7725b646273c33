package io.compot.cli;

import io.compot.Compression;
import io.compot.progress.Progress;
import java.io.IOException;
import java.nio.file.Path;

/** A compression that names the boundaries of its stages, and kills itself at one of them. */
final class StageKillingMain {

  /** Stands before each name in what it prints. */
  static final String MARK = "boundary: ";

  private StageKillingMain() {}

  /** Takes model, calibration text, method, allocation, output and the boundary to die at. */
  public static void main(String[] arguments) throws Exception {
    String end = arguments[5];
    Compression.of(Path.of(arguments[0]))
        .calibration(Path.of(arguments[1]))
        .method(arguments[2])
        .allocation(arguments[3])
        .output(Path.of(arguments[4]))
        .samples(8)
        .length(64)
        .forgiving()
        .set("iterations", 1)
        .listener(event -> {
          String boundary =
              switch (event) {
                case Progress.StageStarted stage -> "start of " + stage.stage();
                case Progress.StageFinished stage -> "end of " + stage.stage();
                default -> "";
              };
          if (!boundary.isEmpty()) {
            System.out.println(MARK + boundary);
          }
          if (boundary.equals(end)) {
            kill();
          }
        })
        .run();
  }

  private static void kill() {
    try {
      String self = Long.toString(ProcessHandle.current().pid());
      new ProcessBuilder("kill", "-KILL", self).inheritIO().start().waitFor();
      Thread.sleep(Long.MAX_VALUE); // it comes
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
