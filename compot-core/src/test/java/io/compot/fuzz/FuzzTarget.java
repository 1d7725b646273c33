package io.compot.fuzz;

import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;

/** A kind of file that somebody may send, and all that we do with it. */
interface FuzzTarget {

  /** Its name in findings. */
  String name();

  /** Puts files into an empty folder, all of them sound. */
  void prepare(Path folder) throws IOException;

  /** Puts a hostile file beside them, over the last one. */
  void write(Path folder, SplittableRandom random) throws IOException;

  /**
   * Reads and uses what lies there.
   *
   * @throws Exception a {@code CompotException} is what hostile files should end in
   */
  void read(Path folder) throws Exception;
}
