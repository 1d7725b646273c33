package io.compot.pipeline.task;

import io.compot.calibration.Gram;
import io.compot.calibration.GramStore;
import io.compot.calibration.SumFile;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.model.SharedInput;
import org.jspecify.annotations.Nullable;

/**
 * A Gram matrix in a file.
 *
 * @param tokens summed in it
 */
public record StoredGram(SumFile file, long tokens) {

  /**
   * An input's matrix in a store.
   *
   * @param store null where there is no calibration, and then nothing is stored
   */
  public static @Nullable StoredGram in(@Nullable GramStore store, SharedInput input)
      throws CompotException {
    return store == null ? null : new StoredGram(store.square(input), store.tokens(input));
  }

  /** Reads it; owned by the caller. */
  public Gram read(String name) throws FailureException {
    return file.gram(name, tokens);
  }
}
