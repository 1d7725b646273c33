package io.compot.audio;

import java.io.IOException;
import java.io.PrintStream;

/**
 * Standard output without a line that the library prints there for each partition of residuals that
 * is not Rice-coded, which good files may have. All else goes through, whoever prints it.
 */
final class WithoutRemarks extends PrintStream {

  private static final String REMARK = "readResidual ";

  private WithoutRemarks(PrintStream out) {
    super(out, true);
  }

  /** What the library does. */
  interface Work<T> {
    T done() throws IOException;
  }

  /** Does it without its remarks. */
  static <T> T of(Work<T> work) throws IOException {
    PrintStream out = System.out;
    System.setOut(new WithoutRemarks(out));
    try {
      return work.done();
    } finally {
      System.setOut(out);
    }
  }

  @Override
  public void println(String line) {
    if (line == null || !line.startsWith(REMARK)) {
      super.println(line);
    }
  }
}
