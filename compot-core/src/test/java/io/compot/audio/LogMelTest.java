package io.compot.audio;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Against spectrograms that OpenAI's code made. */
class LogMelTest {

  @ParameterizedTest
  @ValueSource(strings = {"wave0", "wave1"})
  void agreesWithTheReference(String wave) throws Exception {
    Path folder = SharedData.path("golden/public/whisper");
    LogMel mel = LogMel.of(folder, 80);
    try (var golden = SafetensorsFile.open(folder.resolve("expected.safetensors"));
        var _ = TensorScope.open()) {
      float[] samples = NativeMemory.bytes(golden.tensor(wave)).toArray(ValueLayout.JAVA_FLOAT);
      Tensor wanted = golden.tensor(wave + ".mel");
      Tensor made = mel.of(samples);
      assertThat(made.sizes().vec().get()).isEqualTo(wanted.sizes().vec().get());
      assertThat(made.sub(wanted).abs().max().item_double()).isLessThan(1e-4);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {80})
  void filtersAreTheReferences(int bands) throws Exception {
    Path file = SharedData.path("golden/public/whisper").resolve("expected.safetensors");
    try (var golden = SafetensorsFile.open(file);
        var _ = TensorScope.open()) {
      Tensor wanted = golden.tensor("mel_filters").to(ScalarType.Double);
      Tensor made = Tensor.create(MelFilters.of(bands, 201, 16_000)).view(bands, 201);
      assertThat(made.sub(wanted).abs().max().item_double()).isLessThan(1e-7);
    }
  }
}
