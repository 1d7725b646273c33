package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.InputException;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.io.ByteArrayInputStream;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A model of two stacks, from files of sound to a smaller model that runs. */
class SoundCompressionTest {

  @TempDir private Path folder;
  private Path model;
  private Path sound;

  @BeforeEach
  void writeSound() throws Exception {
    model = SharedData.path("golden/public/whisper");
    sound = Files.createDirectory(folder.resolve("sound"));
    try (var golden = SafetensorsFile.open(model.resolve("expected.safetensors"));
        var _ = TensorScope.open()) {
      for (String wave : new String[] {"wave0", "wave1"}) {
        float[] samples = NativeMemory.bytes(golden.tensor(wave)).toArray(ValueLayout.JAVA_FLOAT);
        ByteBuffer bytes = ByteBuffer.allocate(2 * samples.length).order(ByteOrder.LITTLE_ENDIAN);
        for (float sample : samples) {
          bytes.putShort((short) Math.round(Math.clamp(sample, -1, 1) * 32767));
        }
        var format = new AudioFormat(16_000, 16, 1, true, false);
        AudioSystem.write(
            new AudioInputStream(new ByteArrayInputStream(bytes.array()), format, samples.length),
            AudioFileFormat.Type.WAVE,
            sound.resolve(wave + ".wav").toFile());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "svd-llm, closed-form",
    "svd-llm, sequential",
    "compot, ",
    "rocket, ",
    "compot+, ",
    "compot+lite, "
  })
  void bothStacksGetSmallerAndRun(String method, String update) throws Exception {
    Path output = folder.resolve("smaller");
    Compression compression =
        Compression.of(model).method(method).ratio(0.3).calibration(sound).output(output);
    if ("sequential".equals(update)) {
      compression.set("update", update);
    }
    var report = compression.run();
    assertThat(report.layers()).anyMatch(layer -> layer.name().startsWith("model.encoder."));
    assertThat(report.layers()).anyMatch(layer -> layer.name().contains("encoder_attn."));
    try (var smaller = SpeechModel.load(output, Computation.F32);
        var forward = smaller.forward(model.resolve("expected.safetensors"), "seq0")) {
      assertThat(forward.logits().size(0)).isEqualTo(13);
    }
  }

  /** Whole weights in few bits, one width for all or what costs least loss. */
  @ParameterizedTest
  @CsvSource({"rtn, width, 4", "gptq, width, 3", "trellis, width, 3", "mix, bits, 4"})
  void bothStacksInFewBits(String method, String size, String value) throws Exception {
    Path output = folder.resolve("smaller");
    var report =
        Compression.of(model)
            .method(method)
            .set(size, value)
            .calibration(sound)
            .output(output)
            .run();
    assertThat(report.layers()).anyMatch(layer -> layer.name().startsWith("model.encoder."));
    assertThat(report.layers()).anyMatch(layer -> layer.name().contains("encoder_attn."));
    try (var smaller = SpeechModel.load(output, Computation.F32);
        var forward = smaller.forward(model.resolve("expected.safetensors"), "seq1")) {
      assertThat(forward.logits().isfinite().all().item_bool()).isTrue();
    }
  }

  @Test
  void refusesText() {
    Path output = folder.resolve("smaller");
    assertThatThrownBy(() ->
            Compression.of(model)
                .method("svd-llm")
                .calibration(model.resolve("config.json"))
                .output(output)
                .run())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("no sound");
    assertThat(output).doesNotExist();
  }
}
