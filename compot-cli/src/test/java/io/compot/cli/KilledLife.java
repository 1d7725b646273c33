package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;

/**
 * One piece of work through many processes, each of which is killed at a random moment, but for the
 * last.
 *
 * @param command begins the work, or goes on with it
 * @param kept how much of it is recorded on disk
 * @param unfinished what has to hold after each kill
 */
record KilledLife(Command command, Kept kept, Check unfinished) {

  /** Starts the same command every time. */
  @FunctionalInterface
  interface Command {
    CompotProcess start() throws Exception;
  }

  /** Counts what is recorded. */
  @FunctionalInterface
  interface Kept {
    long count() throws IOException;
  }

  /** Looks at what is there while the work is not done. */
  @FunctionalInterface
  interface Check {
    void run() throws IOException;
  }

  /**
   * Kills it so many times, and lets it end.
   *
   * @param stride how much more is recorded before most kills, so that every attempt gets on
   * @return what was recorded when the last kill came
   */
  long live(int kills, int stride, long seed) throws Exception {
    var random = new Random(seed);
    long before = 0;
    for (int done = 0; done < kills; done++) {
      CompotProcess process = command.start();
      await(process, before + (random.nextInt(4) == 0 ? 0 : stride));
      // Seldom long, so that the life lasts on a fast machine.
      Thread.sleep(random.nextInt(random.nextInt(10) == 0 ? 1500 : 60));
      assertThat(process.isAlive()).as("alive for kill %d", done + 1).isTrue();
      process.kill();
      unfinished.run();
      long now = kept.count();
      assertThat(now).isGreaterThanOrEqualTo(before - 1); // a torn line goes
      before = now;
    }
    command.start().finish();
    return before;
  }

  /** Waits for so much to be recorded, or the process to end. */
  void await(CompotProcess process, long much) throws Exception {
    while (process.isAlive() && kept.count() < much) {
      Thread.sleep(5);
    }
  }

  /** Lines of a file; none where it is not there, or goes while it is read. */
  static long lines(Path file) {
    try (Stream<String> lines = Files.lines(file)) {
      return lines.count();
    } catch (NoSuchFileException | UncheckedIOException e) {
      return 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
