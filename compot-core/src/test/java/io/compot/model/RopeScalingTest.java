package io.compot.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.compot.error.InputException;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.text.ConfigFile;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Rotary tables against the formulas of the reference, written out once more element by element.
 */
class RopeScalingTest {

  private static final int DIM = 64;
  private static final double THETA = 10_000;

  @TempDir Path folder;

  private Rotary read(String fields, int context) throws IOException, InputException {
    Path file = folder.resolve("config.json");
    Files.writeString(file, "{" + fields + "}");
    return RopeSettings.read(ConfigFile.read(file), DIM, context, RopeSettings.USUAL_THETA);
  }

  private static double plain(double base, int i) {
    return 1 / Math.pow(base, 2.0 * i / DIM);
  }

  /** cos and sin of chosen positions are those of the frequencies expected. */
  private static void assertTables(
      Rotary rotary, long offset, long count, double[] frequencies, double factor) {
    try (var _ = TensorScope.open()) {
      var tables = rotary.tables(offset, count, Dtype.F32);
      float[] cos = NativeMemory.bytes(tables.cos()).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      float[] sin = NativeMemory.bytes(tables.sin()).toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      for (int at = 0; at < count; at++) {
        for (int i = 0; i < DIM / 2; i++) {
          double angle = (offset + at) * frequencies[i];
          int index = at * (DIM / 2) + i;
          // Angles are products of floats, so their error grows with the position.
          double tolerance = 2e-6 + 2e-7 * (offset + at);
          assertThat((double) cos[index]).isCloseTo(Math.cos(angle) * factor, within(tolerance));
          assertThat((double) sin[index]).isCloseTo(Math.sin(angle) * factor, within(tolerance));
        }
      }
    }
  }

  private static double[] plain(double base) {
    double[] frequencies = new double[DIM / 2];
    for (int i = 0; i < frequencies.length; i++) {
      frequencies[i] = plain(base, i);
    }
    return frequencies;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"rope_theta\": 500000.0, \"rope_scaling\": null",
        "\"rope_theta\": 500000",
        "\"rope_theta\": 500000, \"rope_scaling\": {\"rope_type\": \"default\"}",
        "\"rope_parameters\": {\"rope_theta\": 500000.0, \"rope_type\": \"default\"}"
      })
  void everySpellingOfNoScaling(String fields) throws Exception {
    assertTables(read(fields, 128), 0, 40, plain(500_000), 1);
  }

  @ParameterizedTest
  @CsvSource({"type", "rope_type"})
  void linearDividesPositions(String field) throws Exception {
    Rotary rotary = read("\"rope_scaling\": {\"" + field + "\": \"linear\", \"factor\": 4.0}", 128);
    double[] expected = plain(THETA);
    for (int i = 0; i < expected.length; i++) {
      expected[i] /= 4;
    }
    assertTables(rotary, 7, 30, expected, 1);
  }

  @Test
  void dynamicRaisesTheBaseOnlyBeyondWhatWasTrained() throws Exception {
    Rotary rotary = read("\"rope_scaling\": {\"type\": \"dynamic\", \"factor\": 2.0}", 128);
    assertTables(rotary, 0, 128, plain(THETA), 1);
    long length = 300;
    double base = THETA * Math.pow(2.0 * length / 128 - (2.0 - 1), DIM / (DIM - 2.0));
    assertTables(rotary, 0, length, plain(base), 1);
    assertTables(rotary, length - 1, 1, plain(base), 1);
  }

  @Test
  void llama3KeepsShortWavelengthsAndStretchesLongOnes() throws Exception {
    Rotary rotary =
        read(
            "\"rope_parameters\": {\"rope_type\": \"llama3\", \"rope_theta\": 500000.0, \"factor\": 8.0,"
                + " \"low_freq_factor\": 1.0, \"high_freq_factor\": 4.0,"
                + " \"original_max_position_embeddings\": 8192}",
            131_072);
    double[] expected = new double[DIM / 2];
    boolean kept = false;
    boolean between = false;
    boolean stretched = false;
    for (int i = 0; i < expected.length; i++) {
      double frequency = plain(500_000, i);
      double wavelength = 2 * Math.PI / frequency;
      if (wavelength < 8192 / 4.0) {
        expected[i] = frequency;
        kept = true;
      } else if (wavelength > 8192 / 1.0) {
        expected[i] = frequency / 8;
        stretched = true;
      } else {
        double smooth = (8192 / wavelength - 1.0) / (4.0 - 1.0);
        expected[i] = (1 - smooth) * frequency / 8 + smooth * frequency;
        between = true;
      }
    }
    assertThat(kept && between && stretched).isTrue();
    assertTables(rotary, 100, 20, expected, 1);
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void yarnRampsBetweenKeptAndInterpolated(boolean truncate) throws Exception {
    Rotary rotary =
        read(
            "\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4.0, \"truncate\": "
                + truncate
                + ", \"original_max_position_embeddings\": 2048}",
            8192);
    double low = DIM * Math.log(2048 / (32 * 2 * Math.PI)) / (2 * Math.log(THETA));
    double high = DIM * Math.log(2048 / (1 * 2 * Math.PI)) / (2 * Math.log(THETA));
    if (truncate) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    low = Math.max(low, 0);
    high = Math.min(high, DIM - 1);
    assertThat(low).isGreaterThan(0).isLessThan(high);
    double[] expected = new double[DIM / 2];
    for (int i = 0; i < expected.length; i++) {
      double ramp = Math.min(1, Math.max(0, (i - low) / (high - low)));
      double extrapolation = plain(THETA, i);
      double interpolation = extrapolation / 4;
      expected[i] = interpolation * ramp + extrapolation * (1 - ramp);
    }
    assertTables(rotary, 0, 50, expected, 0.1 * Math.log(4) + 1);
  }

  @Test
  void yarnTakesItsSharpeningFromTheFileWhereItIsGiven() throws Exception {
    String begin = "\"rope_scaling\": {\"type\": \"yarn\", \"factor\": 40, ";
    assertThat(read(begin + "\"attention_factor\": 1.25}", 4096).scaling().attentionFactor())
        .isEqualTo(1.25);
    double scaled =
        read(begin + "\"mscale\": 0.5, \"mscale_all_dim\": 1.0}", 4096).scaling().attentionFactor();
    assertThat(scaled)
        .isCloseTo((0.1 * 0.5 * Math.log(40) + 1) / (0.1 * Math.log(40) + 1), within(1e-12));
    assertThat(
            read("\"rope_scaling\": {\"type\": \"yarn\",\"factor\": 1}", 4096)
                .scaling()
                .attentionFactor())
        .isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource({"axial", "su", "ntk", "mrope"})
  void refusesOthersByName(String type) {
    assertThatThrownBy(
            () -> read("\"rope_scaling\": {\"type\": \"" + type + "\", \"factor\": 2}", 128))
        .isInstanceOf(InputException.class)
        .hasMessageContaining(type)
        .hasMessageContaining("yarn");
  }

  @Test
  void refusesToRotatePartOfAHead() {
    assertThatThrownBy(() -> read("\"partial_rotary_factor\": 0.5", 128))
        .isInstanceOf(InputException.class)
        .hasMessageContaining("partial_rotary_factor");
  }
}
