package io.compot.audio;

import io.compot.error.InputException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;
import org.jspecify.annotations.Nullable;

/** Files of sound: WAV, AIFF and AU as Java reads them, and FLAC. */
public final class SoundFile {

  /** What names of files that can be read end in. */
  public static final List<String> ENDINGS = List.of(".wav", ".flac", ".aiff", ".aif", ".au");

  private static final String ADVICE = "give WAV or FLAC";

  /** Samples a second: below there is no speech, above no converter. */
  private static final int LEAST_RATE = 1000;

  private static final int MOST_RATE = 768_000;

  private SoundFile() {}

  /** Whether a file is one of sound, as its name says. */
  public static boolean is(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return ENDINGS.stream().anyMatch(name::endsWith);
  }

  /**
   * All of a file, its channels averaged.
   *
   * @throws InputException where it cannot be read, or holds no sound
   */
  public static Sound read(Path file) throws InputException {
    try (SoundStream stream = open(file)) {
      Sound sound = Sound.of(stream, Long.MAX_VALUE);
      if (sound.samples().length == 0) {
        throw empty(file);
      }
      return sound;
    }
  }

  /** What is said of a file without a sample. */
  static InputException empty(Path file) {
    return InputException.in(file, "it holds no sound", ADVICE);
  }

  /**
   * A file to be read piece by piece, its channels averaged; the caller closes it.
   *
   * @throws InputException where it cannot be read
   */
  public static SoundStream open(Path file) throws InputException {
    @Nullable InputStream in = null;
    boolean opened = false;
    try {
      in = new BufferedInputStream(Files.newInputStream(file), 1 << 16);
      SoundStream stream =
          begins(in, "fLaC")
              ? new FlacStream(file, in)
              : new PlainStream(file, AudioSystem.getAudioInputStream(in));
      if (stream.rate() < LEAST_RATE || stream.rate() > MOST_RATE) {
        throw InputException.in(
            file,
            "%d samples a second; from %d to %d can be read"
                .formatted(stream.rate(), LEAST_RATE, MOST_RATE),
            ADVICE);
      }
      opened = true;
      return stream;
    } catch (UnsupportedAudioFileException | RuntimeException e) {
      throw InputException.in(file, "no sound that can be read", ADVICE);
    } catch (IOException e) {
      throw InputException.in(
          file, "cannot be read: " + e.getMessage(), "check that it is whole, and " + ADVICE);
    } finally {
      if (!opened && in != null) {
        close(in);
      }
    }
  }

  private static void close(InputStream in) {
    try {
      in.close();
    } catch (IOException _) {
      // Something else is told already.
    }
  }

  private static boolean begins(InputStream in, String magic) throws IOException {
    in.mark(magic.length());
    String start = new String(in.readNBytes(magic.length()), StandardCharsets.US_ASCII);
    in.reset();
    return start.equals(magic);
  }
}
