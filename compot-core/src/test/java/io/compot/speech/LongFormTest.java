package io.compot.speech;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.audio.HeardSound;
import io.compot.audio.LogMel;
import io.compot.checkpoint.Checkpoint;
import io.compot.model.Architecture;
import io.compot.model.EncoderDecoder;
import io.compot.model.WeightLoader;
import io.compot.progress.Run;
import io.compot.progress.StopRequest;
import io.compot.tensor.Dtype;
import io.compot.testing.SharedData;
import java.io.ByteArrayInputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Sound of several windows, against what transformers writes of it. */
class LongFormTest {

  private static final int TIMES = 42;

  @TempDir private Path folder;

  /** The model as {@code make_long_form.py} cuts up its vocabulary. */
  private static SpeechSettings settings() {
    return new SpeechSettings(
        95,
        Map.of(),
        Map.of(),
        OptionalInt.of(TIMES - 1),
        Set.of(38),
        List.of(3, 5),
        List.of(7),
        OptionalInt.of(39),
        OptionalInt.of(20),
        64);
  }

  @Test
  void writesWhatTransformersWrites() throws Exception {
    Path model = SharedData.path("golden/public/whisper");
    LogMel mel = LogMel.of(model, 80);
    JsonNode rows;
    try (var golden = LongFormTest.class.getResourceAsStream("/speech/long_form.json")) {
      rows = JsonMapper.shared().readTree(golden).path("rows");
    }
    assertThat(rows.size()).isEqualTo(10);
    try (var checkpoint = Checkpoint.open(model);
        var loaded =
            EncoderDecoder.load(
                Architecture.of(checkpoint), WeightLoader.of(checkpoint, Dtype.F32))) {
      for (JsonNode row : rows.values()) {
        Path wave = folder.resolve("noise.wav");
        write(wave, row.path("seed").asLong(), row.path("samples").asInt());
        var published = LongFormRule.published().withCondition(row.path("follow").asBoolean());
        var greedy =
            new LongFormRule(
                List.of(0.0),
                published.mostRepetition(),
                published.leastLikelihood(),
                published.mostSilence(),
                published.condition());
        try (var sound = HeardSound.open(wave, mel, StopRequest.never())) {
          var told =
              new LongForm(loaded, settings(), greedy)
                  .write(sound, wave, null, null, Run.of(_ -> {}));
          compare(told.segments(), row);
        }
      }
    }
  }

  private static void compare(List<LongForm.TimedText> segments, JsonNode row) {
    JsonNode wanted = row.path("segments");
    assertThat(segments).as(row.toString()).hasSize(wanted.size());
    for (int i = 0; i < segments.size(); i++) {
      List<Integer> words = new ArrayList<>();
      for (JsonNode token : wanted.get(i).path("tokens").values()) {
        if (token.asInt() < TIMES) {
          words.add(token.asInt());
        }
      }
      assertThat(segments.get(i).tokens()).as("%d of %s", i, row).isEqualTo(words);
      var near = Offset.offset(1e-3);
      assertThat(segments.get(i).start()).isCloseTo(wanted.get(i).path("start").asDouble(), near);
      assertThat(segments.get(i).end()).isCloseTo(wanted.get(i).path("end").asDouble(), near);
    }
  }

  private static void write(Path file, long seed, int samples) throws Exception {
    ByteBuffer bytes = ByteBuffer.allocate(2 * samples).order(ByteOrder.LITTLE_ENDIAN);
    long state = seed;
    for (int i = 0; i < samples; i++) {
      state = state * 6364136223846793005L + 1442695040888963407L;
      double loud = 0.3 + 0.2 * Math.sin(i / 900.0);
      bytes.putShort((short) (((state >>> 40) / (double) (1 << 24) - 0.5) * loud * 32767));
    }
    var format = new AudioFormat(16_000, 16, 1, true, false);
    AudioSystem.write(
        new AudioInputStream(new ByteArrayInputStream(bytes.array()), format, samples),
        AudioFileFormat.Type.WAVE,
        file.toFile());
  }

  @Test
  void aTextThatWillNotDoIsWrittenAgain() {
    LongFormRule rule = LongFormRule.published();
    assertThat(rule.fails(new Decoded(List.of(1), 0, -0.5, 1.2, 0.9))).isFalse();
    assertThat(rule.fails(new Decoded(List.of(1), 0, -0.5, 1.4, 0.9))).isTrue();
    assertThat(rule.fails(new Decoded(List.of(1), 0, -1.5, 1.2, 0.1))).isTrue();
    var silent = new Decoded(List.of(1), 0, -1.5, 1.4, 0.7);
    assertThat(rule.fails(silent)).isFalse();
    assertThat(rule.silent(silent)).isTrue();
  }

  /** 600 tokens that are all the same take a few bytes; those that differ take them all. */
  @Test
  void repetitionIsWhatZlibFinds() {
    List<Integer> same = Collections.nCopies(600, 1234);
    assertThat(Repetition.of(same, 51_864)).isGreaterThan(20);
    List<Integer> different = new ArrayList<>();
    for (int i = 0; i < 600; i++) {
      different.add((i * 7919) % 51_864);
    }
    assertThat(Repetition.of(different, 51_864)).isBetween(0.9, 1.35);
  }
}
