package io.compot.audio;

import io.compot.error.InputException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;
import org.jflac.FLACDecoder;
import org.jflac.frame.Frame;
import org.jflac.metadata.StreamInfo;
import org.jflac.util.ByteData;
import org.jspecify.annotations.Nullable;

/** Files of sound: WAV, AIFF and AU as Java reads them, and FLAC. */
public final class SoundFile {

  /** What names of files that can be read end in. */
  public static final List<String> ENDINGS = List.of(".wav", ".flac", ".aiff", ".aif", ".au");

  private static final String ADVICE = "give WAV or FLAC";

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
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      Sound sound = begins(in, "fLaC") ? flac(file, in) : plain(in);
      if (sound.samples().length == 0) {
        throw InputException.in(file, "it holds no sound", ADVICE);
      }
      return sound;
    } catch (UnsupportedAudioFileException e) {
      throw InputException.in(file, "no sound that can be read", ADVICE);
    } catch (IOException e) {
      throw InputException.in(
          file, "cannot be read: " + e.getMessage(), "check that it is whole, and " + ADVICE);
    }
  }

  private static boolean begins(InputStream in, String magic) throws IOException {
    in.mark(magic.length());
    String start = new String(in.readNBytes(magic.length()), StandardCharsets.US_ASCII);
    in.reset();
    return start.equals(magic);
  }

  private static Sound plain(InputStream in) throws IOException, UnsupportedAudioFileException {
    try (AudioInputStream audio = AudioSystem.getAudioInputStream(in)) {
      AudioFormat format = audio.getFormat();
      var encoding = format.getEncoding();
      boolean real = encoding.equals(AudioFormat.Encoding.PCM_FLOAT);
      boolean unsigned = encoding.equals(AudioFormat.Encoding.PCM_UNSIGNED);
      if (!real && !unsigned && !encoding.equals(AudioFormat.Encoding.PCM_SIGNED)) {
        throw new UnsupportedAudioFileException(encoding.toString());
      }
      var mix =
          new Mix(
              format.getChannels(),
              format.getSampleSizeInBits(),
              format.isBigEndian(),
              unsigned,
              real);
      mix.add(audio.readAllBytes());
      return new Sound(mix.samples(), Math.round(format.getSampleRate()));
    }
  }

  private static Sound flac(Path file, InputStream in) throws IOException, InputException {
    var decoder = new FLACDecoder(in);
    try {
      decoder.readMetadata();
      StreamInfo info = decoder.getStreamInfo();
      var mix = new Mix(info.getChannels(), info.getBitsPerSample(), false, false, false);
      ByteData bytes = null;
      for (Frame frame = next(decoder); frame != null; frame = next(decoder)) {
        bytes = decoder.decodeFrame(frame, bytes);
        mix.add(Arrays.copyOf(bytes.getData(), bytes.getLen()));
      }
      if (decoder.getBadFrames() > 0 || mix.count() < info.getTotalSamples()) {
        throw InputException.in(
            file,
            "%d samples of %d could be read".formatted(mix.count(), info.getTotalSamples()),
            "the file is damaged or cut off: get it again");
      }
      return new Sound(mix.samples(), info.getSampleRate());
    } catch (RuntimeException e) {
      throw InputException.in(file, "no FLAC that can be read", "get the file again, or " + ADVICE);
    }
  }

  private static @Nullable Frame next(FLACDecoder decoder) throws IOException {
    try {
      return decoder.readNextFrame();
    } catch (EOFException e) {
      return null;
    }
  }
}
