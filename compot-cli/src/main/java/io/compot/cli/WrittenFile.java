package io.compot.cli;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.report.ReportJson;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/** A file of results, which appears whole and is on disk then. */
final class WrittenFile {

  private WrittenFile() {}

  /**
   * Writes results as JSON.
   *
   * @param target a file, or "-" for the screen
   */
  static void json(Screen screen, String target, Map<String, Object> all) throws CompotException {
    if (target.equals("-")) {
      Json.print(screen, all);
      return;
    }
    text(Path.of(target), ReportJson.pretty(all));
  }

  /** Writes a file, which appears whole. */
  static void text(Path place, String text) throws CompotException {
    Path file = place.toAbsolutePath();
    Path partial = file.resolveSibling("." + file.getFileName() + ".partial");
    try {
      Files.writeString(partial, text);
      try (var channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
        channel.force(true);
      }
      Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException failed) {
      throw new FailureException(
          "%s: cannot be written (%s); choose another file"
              .formatted(file, failed.getClass().getSimpleName()),
          failed);
    }
  }
}
