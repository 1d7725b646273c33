package io.compot.audio;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * Logarithms of a file's mel bands, in order. At both ends the sound is mirrored, as if all of it
 * were transformed at once; the last frame, centred on the end, is left out.
 */
final class MelStream implements AutoCloseable {

  private final LogMel mel;
  private final SoundStream sound;

  /** What frames to come still need, half a window before the next one's centre on. */
  private float[] held = {};

  private boolean begun;
  private boolean ended;
  private long samples;
  private long frames;

  private MelStream(LogMel mel, SoundStream sound) {
    this.mel = mel;
    this.sound = sound;
  }

  static MelStream open(Path file, LogMel mel) throws InputException {
    return new MelStream(mel, Resampler.to(mel.rate(), SoundFile.open(file)));
  }

  /** Frames so far. */
  long frames() {
    return frames;
  }

  /** Samples so far. */
  long samples() {
    return samples;
  }

  /**
   * The next frames.
   *
   * @return [bands, some], F64, none at the end, in the caller's scope
   */
  Tensor next() throws InputException {
    while (true) {
      int count = ended ? 0 : fill();
      if (count > 0) {
        try (var scope = TensorScope.open()) {
          Tensor logs = mel.logs(held, count);
          held = Arrays.copyOfRange(held, count * mel.hop(), held.length);
          frames += count;
          return scope.keep(logs);
        }
      }
      if (ended) {
        return Tensor.create(new double[0]).view(mel.bands(), 0);
      }
    }
  }

  /** Reads on; gives how many frames can be made. */
  private int fill() throws InputException {
    float[] piece = new float[mel.samples()];
    int some = sound.read(piece);
    ended = some < piece.length;
    samples += some;
    float[] all = Arrays.copyOf(held, held.length + some);
    System.arraycopy(piece, 0, all, held.length, some);
    held = mel.mirrored(all, !begun, ended);
    begun = true;
    int centres = (held.length - mel.window()) / mel.hop() + 1;
    return ended ? (int) (samples / mel.hop() - frames) : centres;
  }

  @Override
  public void close() {
    sound.close();
  }
}
