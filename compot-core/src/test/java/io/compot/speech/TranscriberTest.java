package io.compot.speech;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.UsageException;
import io.compot.model.Architecture;
import io.compot.model.EncoderDecoder;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.testing.SharedData;
import io.compot.text.ConfigFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

/** Greedy texts of the golden model, and what a model is asked. */
class TranscriberTest {

  @Test
  void writesTheMostLikelyTokens() throws Exception {
    Path folder = SharedData.path("golden/public/whisper");
    ConfigFile facts = ConfigFile.read(folder.resolve("expected.json"));
    try (var checkpoint = Checkpoint.open(folder);
        var golden = SafetensorsFile.open(folder.resolve("expected.safetensors"));
        var model =
            EncoderDecoder.load(
                Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32));
        var _ = TensorScope.open()) {
      for (int number = 0; number < 2; number++) {
        Tensor tokens = golden.tensor("seq" + number + ".input_ids");
        var greedy = facts.object("greedy").object("seq" + number);
        List<Integer> wanted = greedy.ints("next_tokens", 0, 1000);
        var settings = settings(token(tokens, 0), token(tokens, 1), token(tokens, 2), List.of());
        Tensor mel = golden.tensor("wave" + number + ".mel");
        var written = new Transcriber(model, settings).write(mel, "xx", null, StopRequest.never());
        assertThat(written.tokens()).isEqualTo(wanted);

        int first = wanted.getFirst();
        var without =
            settings(token(tokens, 0), token(tokens, 1), token(tokens, 2), List.of(first));
        var other = new Transcriber(model, without).write(mel, "xx", null, StopRequest.never());
        assertThat(other.tokens()).hasSize(6).doesNotContain(first);
      }
    }
  }

  private static int token(Tensor tokens, long at) {
    return Math.toIntExact(tokens.select(0, at).item_long());
  }

  private static SpeechSettings settings(int start, int language, int task, List<Integer> never) {
    return new SpeechSettings(
        start,
        Map.of("xx", language),
        Map.of("transcribe", task),
        OptionalInt.empty(),
        Set.of(),
        never,
        List.of(),
        OptionalInt.empty(),
        OptionalInt.empty(),
        9);
  }

  @Test
  void asksAsTheModelsConfigurationSays() throws Exception {
    var several = settings(1, 2, 3, List.of());
    assertThat(several.prompt("xx", null)).containsExactly(1, 2, 3);
    assertThatThrownBy(() -> several.prompt("yy", null))
        .isInstanceOf(UsageException.class)
        .hasMessageContaining("known are xx");
    var one =
        new SpeechSettings(
            1,
            Map.of(),
            Map.of(),
            OptionalInt.of(5),
            Set.of(),
            List.of(),
            List.of(),
            OptionalInt.empty(),
            OptionalInt.empty(),
            9);
    assertThat(one.prompt(null, null)).containsExactly(1, 5);
    assertThatThrownBy(() -> one.prompt("en", null)).isInstanceOf(UsageException.class);
  }
}
