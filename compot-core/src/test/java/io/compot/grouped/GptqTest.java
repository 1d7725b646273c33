package io.compot.grouped;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.testing.SharedData;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Weights as GPTQModel packs them: the same numbers, and the same words again. */
class GptqTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "w2g32-asym-v2",
        "w2g32-sym-v1",
        "w3g32-asym-v2",
        "w4g32-asym-v2",
        "w4g32-sym-descact-static-v1",
        "w4g32-sym-descact-v1",
        "w4g32-sym-gar-v1",
        "w4g32-sym-v1",
        "w4g32-sym-v2",
        "w8ch-sym-v2",
        "w8g32-sym-v1"
      })
  void weightsAndWordsOfGptqModel(String name) throws Exception {
    Path folder = SharedData.path("quant/fixtures/gptq/" + name);
    int bits = name.charAt(1) - '0';
    boolean lessOne = name.endsWith("v1");
    int checked = 0;
    try (var model = new PackedFile(folder.resolve("model.safetensors"));
        var expected = new PackedFile(folder.resolve("expected.safetensors"))) {
      for (String tensor : expected.names()) {
        if (tensor.startsWith("dense.")) {
          String module = tensor.substring("dense.".length(), tensor.length() - "weight".length());
          int[] qweight = model.ints(module + "qweight");
          int[] qzeros = model.ints(module + "qzeros");
          float[] scales = model.floats(module + "scales");
          int rows = model.dimension(module + "scales", 1);
          GroupedWeight weight =
              Gptq.weight(
                  rows,
                  model.dimension(module + "g_idx", 0),
                  bits,
                  qweight,
                  qzeros,
                  scales,
                  model.ints(module + "g_idx"),
                  lessOne);
          assertThat(PackedFile.dense(weight)).as(module).containsExactly(expected.floats(tensor));
          assertThat(Gptq.qweight(weight)).isEqualTo(qweight);
          assertThat(Gptq.qzeros(weight, lessOne)).isEqualTo(qzeros);
          assertThat(Gptq.scales(weight)).containsExactly(scales);
          assertThat(Gptq.storesHalf(qzeros, bits, rows)).isEqualTo(name.contains("-sym-v2"));
          checked++;
        }
      }
    }
    assertThat(checked).isPositive();
  }

  @ParameterizedTest
  @CsvSource({
    "2, true",
    "2, false",
    "3, true",
    "3, false",
    "4, true",
    "4, false",
    "8, true",
    "8, false"
  })
  void zerosOfEverySizeComeBack(int bits, boolean lessOne) {
    var random = new SplittableRandom(bits);
    int rows = 64;
    int groups = 3;
    byte[] zeros = new byte[rows * groups];
    for (int i = 0; i < zeros.length; i++) {
      // Zeros of 0 borrow from their neighbours in version 1.
      zeros[i] = (byte) (random.nextInt(4) == 0 ? 0 : random.nextInt(1 << bits));
    }
    float[] scales = new float[rows * groups];
    var codes = CodeStreams.alongRows(new int[rows * 96 * bits / 32], bits, 96 * bits / 32, true);
    var weight =
        new GroupedWeight(
            rows, 96, groups, codes, scales, zeros, GroupedWeight.consecutive(96, 32));
    GroupedWeight again =
        Gptq.weight(
            rows,
            96,
            bits,
            Gptq.qweight(weight),
            Gptq.qzeros(weight, lessOne),
            Gptq.scales(weight),
            GroupedWeight.consecutive(96, 32),
            lessOne);
    for (int i = 0; i < zeros.length; i++) {
      assertThat(again.zero(i / groups, i % groups)).isEqualTo(zeros[i] & 0xff);
    }
  }

  @Test
  void codesAcrossWordsComeBack() {
    var random = new SplittableRandom(7);
    for (int bits = 1; bits <= 8; bits++) {
      for (boolean dense : new boolean[] {true, false}) {
        int words = CodeStreams.wordCount(77, bits, dense);
        var streams = CodeStreams.alongRows(new int[3 * words], bits, words, dense);
        int[] expected = new int[3 * 77];
        for (int i = 0; i < expected.length; i++) {
          expected[i] = random.nextInt(1 << bits);
          streams.put(i / 77, i % 77, expected[i]);
        }
        for (int i = 0; i < expected.length; i++) {
          assertThat(streams.get(i / 77, i % 77)).isEqualTo(expected[i]);
        }
      }
    }
  }
}
