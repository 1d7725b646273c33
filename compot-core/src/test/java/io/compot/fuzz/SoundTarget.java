package io.compot.fuzz;

import io.compot.audio.Resampler;
import io.compot.audio.SoundFile;
import io.compot.audio.SoundStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.SplittableRandom;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;

/** A file of sound, read to its end at the rate at which models hear. */
enum SoundTarget implements FuzzTarget {
  WAV {
    @Override
    byte[] sound() throws IOException {
      byte[] samples = new byte[6000];
      new SplittableRandom(5).nextBytes(samples);
      var format = new AudioFormat(44_100, 24, 2, true, false);
      Path file = Files.createTempFile("sound", ".wav");
      try {
        AudioSystem.write(
            new AudioInputStream(new ByteArrayInputStream(samples), format, 1000),
            AudioFileFormat.Type.WAVE,
            file.toFile());
        return Files.readAllBytes(file);
      } finally {
        Files.delete(file);
      }
    }
  },

  FLAC {
    @Override
    byte[] sound() throws IOException {
      try (InputStream in = SoundTarget.class.getResourceAsStream("/speech/LJ001-0002.flac")) {
        return Objects.requireNonNull(in).readAllBytes();
      }
    }
  };

  /** What lies at a file's beginning: counts, rates, sizes. */
  private static final int HEADER = 64;

  private static final int RATE = 16_000;

  abstract byte[] sound() throws IOException;

  @Override
  public void prepare(Path folder) throws IOException {
    Files.write(folder.resolve("sound"), sound());
    Files.write(folder.resolve("sound.good"), sound());
  }

  @Override
  public void write(Path folder, SplittableRandom random) throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve("sound.good"));
    if (random.nextBoolean()) {
      byte[] start = ByteMutator.mutate(Arrays.copyOf(bytes, HEADER), random);
      bytes = ByteMutator.joined(start, Arrays.copyOfRange(bytes, HEADER, bytes.length));
    } else {
      bytes = ByteMutator.mutate(bytes, random);
    }
    Files.write(folder.resolve("sound"), bytes);
  }

  @Override
  public void read(Path folder) throws Exception {
    try (SoundStream sound = Resampler.to(RATE, SoundFile.open(folder.resolve("sound")))) {
      float[] piece = new float[RATE];
      while (sound.read(piece) == piece.length) {
        if (Float.isNaN(piece[0])) {
          throw new IllegalStateException("no number");
        }
      }
    }
  }
}
