package io.compot.audio;

import io.compot.error.InputException;

/** One channel of sound while it is read, from its beginning to its end. */
public interface SoundStream extends AutoCloseable {

  /** Samples a second. */
  int rate();

  /**
   * Fills in the next samples, from -1 to 1.
   *
   * @param samples filled from its beginning, whole unless the sound ends
   * @return how many; fewer than there is room for at the end, and 0 behind it
   * @throws InputException where the sound cannot be read on
   */
  int read(float[] samples) throws InputException;

  @Override
  void close();
}
