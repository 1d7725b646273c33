package io.compot.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;

class CalibrationSamplesTest {

  /** A run that is gone on with compares the words with those of another process. */
  @Test
  void theSameSamplesAreSaidTheSameInWhateverOrderTheyCome() {
    Map<String, SampleSource> one = new LinkedHashMap<>();
    one.put("encoder", new Named("sounds"));
    one.put("decoder", new Named("texts"));
    Map<String, SampleSource> other = new LinkedHashMap<>();
    other.put("decoder", new Named("texts"));
    other.put("encoder", new Named("sounds"));
    assertThat(new CalibrationSamples(one).identity())
        .isEqualTo(new CalibrationSamples(other).identity())
        .isEqualTo("{decoder=texts, encoder=sounds}");
  }

  private record Named(String identity) implements SampleSource {

    @Override
    public Lengths lengths() {
      return Lengths.same(3, 8);
    }

    @Override
    public Tensor batch(int from, int to) {
      throw new UnsupportedOperationException();
    }

    @Override
    public SampleSource halved(int least) {
      return this;
    }
  }
}
