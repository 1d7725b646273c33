package io.compot;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.InputException;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What other runtimes compare with: a forward pass over a file of inputs. */
class SpeechModelTest {

  @TempDir private Path folder;

  private static Path whisper() {
    return SharedData.path("golden/public/whisper");
  }

  @Test
  void forwardWritesWhatTheReferenceComputes() throws Exception {
    Path inputs = whisper().resolve("expected.safetensors");
    Path output = folder.resolve("pass.safetensors");
    try (var model = SpeechModel.load(whisper(), Computation.F32);
        var forward = model.forward(inputs, "seq1")) {
      forward.write(output, false);
    }
    try (var written = SafetensorsFile.open(output);
        var expected = SafetensorsFile.open(inputs);
        var _ = TensorScope.open()) {
      assertThat(written.names()).hasSize(9);
      for (String name : written.names()) {
        Tensor wanted = expected.tensor("seq1." + name);
        double worst = written.tensor(name).sub(wanted).abs().max().item_double();
        assertThat(worst).as(name).isLessThan(name.equals("logits") ? 5e-4 : 1e-3);
      }
    }
  }

  @Test
  void saysWhatIsMissingOfTheInputs() throws Exception {
    Path inputs = whisper().resolve("expected.safetensors");
    try (var model = SpeechModel.load(whisper(), Computation.F32)) {
      assertThatThrownBy(() -> model.forward(inputs, "seq7").close())
          .isInstanceOf(InputException.class)
          .hasMessageContaining("seq7.input_ids");
      assertThatThrownBy(() -> model.forward(whisper().resolve("model.safetensors"), "x").close())
          .isInstanceOf(InputException.class)
          .hasMessageContaining("x.input_ids");
    }
  }

  @Test
  void aModelThatHearsContinuesNoTextsAndTheOthersDoNotHear() {
    Path hearing = whisper();
    Path reading = SharedData.path("golden/public/llama");
    assertThatThrownBy(() -> Model.load(hearing).close())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("what it hears");
    assertThatThrownBy(() -> SpeechModel.load(reading, Computation.F32).close())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("does not hear");
  }
}
