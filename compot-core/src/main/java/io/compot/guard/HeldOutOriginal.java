package io.compot.guard;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.evaluation.fidelity.HeldOut;
import io.compot.evaluation.fidelity.HeldOutText;
import io.compot.model.Architecture;
import io.compot.model.WeightLoader;
import io.compot.pipeline.Compressor.TypeChoice;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import io.compot.tensor.NativeLibraries;
import io.compot.text.TextFile;
import io.compot.tokenizer.TextTokenizer;
import java.nio.file.Path;

/** Opens an original with held-out text, on which models made from it can be measured. */
public final class HeldOutOriginal {

  private HeldOutOriginal() {}

  /** What is looked at: the tokens of a text, how many a window has, and how many there may be. */
  static final class Tokens {
    private final long[] all;
    private final int length;
    private final int most;

    Tokens(long[] all, int length, int most) {
      this.all = all;
      this.length = length;
      this.most = most;
    }
  }

  /** Gives the tokens for a model. */
  @FunctionalInterface
  interface Source {
    Tokens of(ModelSource original, int context) throws CompotException;
  }

  /**
   * Runs the original over a text, unless its states are there.
   *
   * @param states the file of its hidden states, which stays; one that is there is taken for them
   * @return to be closed, which closes the original
   * @throws CompotException where original or text are not acceptable, or the file cannot be
   *     written
   */
  public static HeldOut of(
      Path original,
      TypeChoice computation,
      HeldOutText text,
      Path states,
      ProgressListener listener,
      StopRequest stop)
      throws CompotException {
    return open(
        original,
        computation,
        (opened, context) -> {
          try (TextTokenizer tokenizer = opened.tokenizer()) {
            String whole = TextFile.read(text.file(), "text").whole();
            return new Tokens(tokenizer.encode(whole, false), text.window(context), text.windows());
          }
        },
        states,
        listener,
        stop);
  }

  static HeldOut open(
      Path original,
      TypeChoice computation,
      Source source,
      Path states,
      ProgressListener listener,
      StopRequest stop)
      throws CompotException {
    NativeLibraries.load();
    ModelSource opened = Checkpoint.open(original);
    boolean begun = false;
    try {
      Architecture architecture = Architecture.of(opened);
      Tokens tokens = source.of(opened, architecture.contextLength());
      HeldOut heldOut =
          HeldOut.of(
              architecture,
              WeightLoader.of(opened, computation.of(opened)),
              opened::close,
              tokens.all,
              tokens.length,
              tokens.most,
              states,
              listener,
              stop);
      begun = true;
      return heldOut;
    } finally {
      if (!begun) {
        opened.close();
      }
    }
  }
}
