package io.compot.recipe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.form.Form;
import io.compot.form.LowRankForm;
import io.compot.method.CompressionMethod;
import io.compot.method.quantised.GptqMethod;
import io.compot.method.quantised.TrellisMethod;
import io.compot.method.sparse.CompotMethod;
import io.compot.tensor.Dtype;
import java.util.List;
import org.junit.jupiter.api.Test;

class MixMethodTest {

  private static final CompressionMethod GPTQ = GptqMethod.SCHEMA.standard();
  private static final CompressionMethod TRELLIS = TrellisMethod.SCHEMA.standard();
  private static final CompressionMethod COMPOT = CompotMethod.paper();

  /** The search through a trellis is far more work than GPTQ, and is not asked of its codes. */
  @Test
  void workIsThatOfTheOneThatMakesTheForm() {
    var mix = new MixMethod(List.of(TRELLIS, GPTQ, COMPOT));
    for (CompressionMethod part : List.of(TRELLIS, GPTQ, COMPOT)) {
      for (Form form : part.forms(256, 128, Dtype.BF16)) {
        assertThat(mix.operations(256, 128, form)).isEqualTo(part.operations(256, 128, form));
      }
      // Of any ratio, not just of those half a percent apart that are offered.
      Form between = part.size(256, 128, Dtype.BF16, 0.7123).orElseThrow();
      assertThat(mix.makes(between)).isTrue();
      assertThat(mix.operations(256, 128, between)).isEqualTo(part.operations(256, 128, between));
    }
    assertThatThrownBy(() -> mix.operations(256, 128, LowRankForm.plain(8, Dtype.BF16)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
