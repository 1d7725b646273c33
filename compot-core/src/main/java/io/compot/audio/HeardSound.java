package io.compot.audio;

import io.compot.error.InputException;
import io.compot.error.StoppedException;
import io.compot.progress.StopRequest;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;

/**
 * The log-mel spectrogram of a whole file, of which as much is in memory as a model hears at once.
 */
public interface HeardSound extends AutoCloseable {

  /** Its frames. */
  long frames();

  /** Seconds of sound in the file. */
  double seconds();

  /** Whether the model hears all of it at once. */
  boolean whole();

  /**
   * What the model hears from a frame on.
   *
   * @param from not before that of an earlier call
   * @return [bands, frames of {@link LogMel}], F32, zeros behind the end of the sound, in the
   *     caller's scope
   * @throws InputException where the file cannot be read on
   */
  Tensor from(long from) throws InputException;

  @Override
  void close();

  /**
   * Opens a file. What the model hears at once is padded with silence; longer sound is read twice:
   * for its loudest frame, below which eight powers of ten are kept in all frames, then bit by bit.
   *
   * @param stop looked at while it is read the first time
   * @throws InputException where it cannot be read, or holds no sound
   * @throws StoppedException where stopping is wanted
   */
  static HeardSound open(Path file, LogMel mel, StopRequest stop)
      throws InputException, StoppedException {
    try (SoundStream stream = Resampler.to(mel.rate(), SoundFile.open(file))) {
      Sound first = Sound.of(stream, mel.samples() + 1L);
      if (first.samples().length == 0) {
        throw SoundFile.empty(file);
      }
      if (first.samples().length <= mel.samples()) {
        return new ShortSound(first, mel);
      }
    }
    return LongSound.open(file, mel, stop);
  }
}
