package io.compot.method;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.compot.method.lowrank.AsvdMethod;
import io.compot.method.lowrank.DobiSvdMethod;
import io.compot.method.lowrank.SvdLlmMethod;
import io.compot.method.lowrank.SvdLlmV2Method;
import io.compot.method.lowrank.TruncatedSvdMethod;
import io.compot.method.sparse.CompotMethod;
import io.compot.method.sparse.CospadiMethod;
import io.compot.tensor.Dtype;
import io.compot.tensor.TensorScope;
import io.compot.tensor.Whitening;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Expected errors against those of whole factorisations. */
class ExpectedErrorTest {

  /** Low rank: exact, from one decomposition, for tall and wide weights. */
  @ParameterizedTest
  @CsvSource({
    "svd, 12, 20",
    "svd, 20, 12",
    "svd-llm, 12, 20",
    "svd-llm, 20, 12",
    "svd-llm-v2, 20, 12",
    "svd-llm-v2, 12, 20",
    "dobi-svd, 12, 20",
    "dobi-svd, 20, 12",
    "asvd, 20, 12",
    "asvd, 12, 20"
  })
  void truncationIsExact(String name, long out, long in) throws Exception {
    var method =
        switch (name) {
          case "svd" -> new TruncatedSvdMethod();
          case "svd-llm" -> new SvdLlmMethod();
          case "dobi-svd" -> new DobiSvdMethod();
          case "asvd" -> new AsvdMethod();
          default -> new SvdLlmV2Method();
        };
    check(method, out, in, 1e-4);
  }

  /** Sparse: measured by short runs, which lie above whole ones, but not far. */
  @ParameterizedTest
  @CsvSource({"compot", "cospadi"})
  void shortRunsComeNear(String name) throws Exception {
    check(name.equals("compot") ? CompotMethod.paper() : CospadiMethod.fast(), 24, 16, 0.15);
  }

  private static void check(CompressionMethod method, long out, long in, double far)
      throws Exception {
    try (var _ = TensorScope.open()) {
      torch.manual_seed(7);
      var options = new TensorOptions(ScalarType.Double);
      Tensor weight = torch.randn(new long[] {out, in}, options);
      Tensor inputs =
          torch.randn(new long[] {100, in}, options).mm(torch.randn(new long[] {in, in}, options));
      try (var whitening = Whitening.of(inputs.t().mm(inputs), "p")) {
        var problem = new LayerProblem("p", weight, whitening, Dtype.F32, 1);
        List<ExpectedError> errors = method.expect(problem);
        assertThat(errors).hasSizeGreaterThan(3);
        for (ExpectedError expected : errors) {
          try (var result = method.factorise(problem, expected.size())) {
            assertThat(expected.weight()).isCloseTo(result.weightError(), within(4 * far));
            assertThat(expected.whitened().orElseThrow())
                .isCloseTo(result.whitenedError().orElseThrow(), within(far));
          }
        }
      }
    }
  }
}
