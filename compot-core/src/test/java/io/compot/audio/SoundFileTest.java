package io.compot.audio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.InputException;
import io.compot.testing.SharedData;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Samples come as they were written, from WAV of several kinds and from FLAC. */
class SoundFileTest {

  @TempDir private Path folder;

  @Test
  void flacHasTheSamplesThatItWasMadeOf() throws Exception {
    Path audio = SharedData.path("speech/audio");
    JsonNode manifest =
        JsonMapper.shared().readTree(Files.readAllBytes(audio.resolve("manifest.json")));
    int compared = 0;
    for (JsonNode each : manifest.findParents("pcm_sha256")) {
      String path = each.path("path").asString("");
      Path file = audio.resolve(path.replaceFirst("^audio/", ""));
      if (compared < 8 && Files.exists(file)) {
        Sound sound = SoundFile.read(file);
        assertThat(sound.rate()).isEqualTo(16_000);
        assertThat(digest(sound)).as(path).isEqualTo(each.path("pcm_sha256").asString(""));
        compared++;
      }
    }
    assertThat(compared).isEqualTo(8);
  }

  private static String digest(Sound sound) throws Exception {
    ByteBuffer bytes =
        ByteBuffer.allocate(2 * sound.samples().length).order(ByteOrder.LITTLE_ENDIAN);
    for (float sample : sound.samples()) {
      bytes.putShort((short) Math.round(sample * 32768));
    }
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
  }

  @ParameterizedTest
  @CsvSource({"8, 1, false", "16, 1, true", "16, 2, true", "24, 1, true", "32, 2, true"})
  void wavHasTheSamplesThatItWasMadeOf(int bits, int channels, boolean signed) throws Exception {
    int width = bits / 8;
    long half = 1L << (bits - 1);
    long[] values = {0, 1, -1, half - 1, -half, half / 2, -half / 3};
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * width * channels).order(ByteOrder.LITTLE_ENDIAN);
    for (long value : values) {
      for (int channel = 0; channel < channels; channel++) {
        long stored = signed ? value : value + half;
        for (int i = 0; i < width; i++) {
          bytes.put((byte) (stored >> (8 * i)));
        }
      }
    }
    Path file = folder.resolve("some.wav");
    var format = new AudioFormat(22_050, bits, channels, signed, false);
    AudioSystem.write(
        new AudioInputStream(new ByteArrayInputStream(bytes.array()), format, values.length),
        AudioFileFormat.Type.WAVE,
        file.toFile());
    Sound sound = SoundFile.read(file);
    assertThat(sound.rate()).isEqualTo(22_050);
    assertThat(sound.samples()).hasSize(values.length);
    for (int i = 0; i < values.length; i++) {
      assertThat(sound.samples()[i]).isEqualTo((float) ((double) values[i] / half));
    }
  }

  @Test
  void saysWhatIsNoSound() throws Exception {
    Path text = Files.writeString(folder.resolve("text.wav"), "no sound at all, only words");
    assertThatThrownBy(() -> SoundFile.read(text))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("text.wav")
        .hasMessageContaining("WAV or FLAC");
    Path fake = Files.writeString(folder.resolve("fake.flac"), "fLaC and then nothing of the kind");
    assertThatThrownBy(() -> SoundFile.read(fake))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("fake.flac");
  }

  @Test
  void aFlacThatIsCutOffIsRefused() throws Exception {
    byte[] whole = Files.readAllBytes(SharedData.path("speech/audio/LJSpeech/LJ001-0002.flac"));
    Path cut = folder.resolve("cut.flac");
    Files.write(cut, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> SoundFile.read(cut))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("cut.flac");
  }

  /** The mean of all channels; the samples of others would be taken for more time. */
  @Test
  void eightChannelsBecomeOne() throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(3 * 8 * 2).order(ByteOrder.LITTLE_ENDIAN);
    for (int frame = 1; frame <= 3; frame++) {
      for (int channel = 0; channel < 8; channel++) {
        bytes.putShort((short) (frame * 800 * channel));
      }
    }
    Path file = folder.resolve("eight.wav");
    write(file, new AudioFormat(48_000, 16, 8, true, false), bytes.array(), 3);
    Sound sound = SoundFile.read(file);
    assertThat(sound.samples())
        .containsExactly(2800f / 32768, 2 * 2800f / 32768, 3 * 2800f / 32768);
  }

  @Test
  void aWavThatIsCutOffOrHoldsNothingIsRefused() throws Exception {
    Path file = folder.resolve("some.wav");
    write(file, new AudioFormat(16_000, 16, 1, true, false), new byte[2000], 1000);
    byte[] whole = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(whole, whole.length - 500));
    assertThatThrownBy(() -> SoundFile.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("750 samples of 1000");
    write(file, new AudioFormat(16_000, 16, 1, true, false), new byte[0], 0);
    assertThatThrownBy(() -> SoundFile.read(file))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("holds no sound");
  }

  /** A program that writes into a pipe does not know the length when it writes the header. */
  @Test
  void aWavOfUnknownLengthIsRead() throws Exception {
    Path file = folder.resolve("piped.wav");
    write(file, new AudioFormat(16_000, 16, 1, true, false), new byte[2000], 1000);
    byte[] whole = Files.readAllBytes(file);
    Arrays.fill(whole, 4, 8, (byte) 0xFF);
    Arrays.fill(whole, 40, 44, (byte) 0xFF);
    Files.write(file, whole);
    assertThat(SoundFile.read(file).samples()).hasSize(1000);
  }

  private static void write(Path file, AudioFormat format, byte[] bytes, long frames)
      throws Exception {
    AudioSystem.write(
        new AudioInputStream(new ByteArrayInputStream(bytes), format, frames),
        AudioFileFormat.Type.WAVE,
        file.toFile());
  }
}
