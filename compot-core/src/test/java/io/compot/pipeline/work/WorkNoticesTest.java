package io.compot.pipeline.work;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.calibration.CalibrationSamples;
import io.compot.calibration.TokenWindows;
import io.compot.method.sparse.CompotMethod;
import io.compot.model.Projection;
import io.compot.model.WeightLayout;
import io.compot.plan.Fate;
import io.compot.plan.PlannedProjection;
import io.compot.progress.Progress;
import io.compot.progress.Run;
import io.compot.tensor.Dtype;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class WorkNoticesTest {

  private static final List<PlannedProjection> PROJECTIONS =
      List.of(projection("q_proj", 64), projection("k_proj", 65), projection("down_proj", 172));

  @Test
  void tellsOfFewerTokensThanAGramMatrixHasRows() {
    assertThat(notices(new TokenWindows(Collections.nCopies(4, new long[16]))))
        .containsExactly(
            "k_proj and 1 more projections: 64 calibration tokens for Gram matrices of up to 172 rows, which are singular and get damped; give at least 11 windows (--samples) of 16 tokens");
  }

  @Test
  void staysSilentWhereTokensAreEnough() {
    assertThat(notices(new TokenWindows(Collections.nCopies(11, new long[16])))).isEmpty();
    assertThat(notices(null)).isEmpty();
  }

  private static List<String> notices(@Nullable TokenWindows windows) {
    var samples = windows == null ? null : new CalibrationSamples(Map.of("decoder", windows));
    List<String> heard = new ArrayList<>();
    try (var stage =
        Run.of(
                event -> {
                  if (event instanceof Progress.Notice notice) {
                    heard.add(notice.message());
                  }
                })
            .stage("compress", 1)) {
      new WorkNotices().shortage(PROJECTIONS, samples, stage);
    }
    return heard;
  }

  private static PlannedProjection projection(String name, long in) {
    return new PlannedProjection(
        new Projection(
            name, "decoder", 0, name, name, OptionalInt.empty(), in, 64, WeightLayout.OUT_IN),
        Dtype.F32,
        Dtype.F32,
        CompotMethod.SCHEMA.standard(),
        0,
        new Fate.Kept("so"));
  }
}
