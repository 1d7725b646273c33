package io.compot.audio;

import static org.assertj.core.api.Assertions.assertThat;

import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A tone stays what it is at another rate, or goes where the rate cannot hold it. */
class ResamplerTest {

  private static final int SECONDS = 1;

  @ParameterizedTest
  @CsvSource({"44100, 440", "44100, 7000", "48000, 3000", "22050, 5000", "8000, 1000"})
  void aToneStays(int rate, double hertz) throws Exception {
    Sound made = Resampler.to(16_000, tone(rate, hertz));
    assertThat(made.samples()).hasSize(16_000);
    float[] wanted = tone(16_000, hertz).samples();
    for (int i = 200; i < wanted.length - 200; i++) {
      assertThat(made.samples()[i]).isCloseTo(wanted[i], Offset.offset(2e-3f));
    }
  }

  @ParameterizedTest
  @CsvSource({"44100, 10000", "48000, 20000"})
  void aToneBeyondTheRateGoes(int rate, double hertz) throws Exception {
    float[] made = Resampler.to(16_000, tone(rate, hertz)).samples();
    for (int i = 200; i < made.length - 200; i++) {
      assertThat(Math.abs(made[i])).isLessThan(2e-3f);
    }
  }

  private static Sound tone(int rate, double hertz) {
    float[] samples = new float[rate * SECONDS];
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (float) (0.5 * Math.sin(2 * Math.PI * hertz * i / rate));
    }
    return new Sound(samples, rate);
  }
}
