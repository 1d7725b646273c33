package io.compot.audio;

import io.compot.error.InputException;
import java.io.IOException;
import java.nio.file.Path;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;

/** Samples that stand in a file as they are: WAV, AIFF and AU. */
final class PlainStream implements SoundStream {

  /** What writers that do not know the length yet leave where it belongs, and all beyond. */
  private static final long UNKNOWN = 0x7FFF_0000L;

  private final Path file;
  private final AudioInputStream audio;
  private final int rate;
  private final Mix mix;
  private final long said;
  private long count;

  /**
   * Of a stream that Java has opened, which it closes.
   *
   * @throws UnsupportedAudioFileException where its samples are coded
   * @throws IllegalArgumentException where its header makes no sense
   */
  PlainStream(Path file, AudioInputStream audio) throws UnsupportedAudioFileException {
    this.file = file;
    this.audio = audio;
    AudioFormat format = audio.getFormat();
    var encoding = format.getEncoding();
    boolean real = encoding.equals(AudioFormat.Encoding.PCM_FLOAT);
    boolean unsigned = encoding.equals(AudioFormat.Encoding.PCM_UNSIGNED);
    if (!real && !unsigned && !encoding.equals(AudioFormat.Encoding.PCM_SIGNED)) {
      throw new UnsupportedAudioFileException(encoding.toString());
    }
    this.rate = Math.round(format.getSampleRate());
    this.mix =
        new Mix(
            format.getChannels(),
            format.getSampleSizeInBits(),
            format.isBigEndian(),
            unsigned,
            real);
    boolean wide = unsigned && format.getSampleSizeInBits() > 8;
    if (mix.frame() != format.getFrameSize() || wide) {
      throw new IllegalArgumentException(format.toString());
    }
    long frames = audio.getFrameLength();
    boolean known = frames != AudioSystem.NOT_SPECIFIED && frames * mix.frame() < UNKNOWN;
    this.said = known ? frames : 0;
  }

  @Override
  public int rate() {
    return rate;
  }

  @Override
  public int read(float[] samples) throws InputException {
    byte[] bytes = new byte[Math.multiplyExact(samples.length, mix.frame())];
    int frames;
    try {
      frames = audio.readNBytes(bytes, 0, bytes.length) / mix.frame();
    } catch (IOException e) {
      throw InputException.in(
          file, "cannot be read: " + e.getMessage(), "check that it is whole and may be read");
    }
    mix.into(bytes, frames, samples, 0);
    count += frames;
    if (frames < samples.length && count < said) {
      throw InputException.in(
          file,
          "%d samples of %d could be read".formatted(count, said),
          "the file is damaged or cut off: get it again");
    }
    for (int i = 0; i < frames; i++) {
      if (!Float.isFinite(samples[i])) {
        throw InputException.in(
            file, "it has samples that are no finite numbers", "write the file again");
      }
    }
    return frames;
  }

  @Override
  public void close() {
    try {
      audio.close();
    } catch (IOException _) {
      // All that was wanted of it has been read.
    }
  }
}
