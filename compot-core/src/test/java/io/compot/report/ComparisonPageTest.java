package io.compot.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ComparisonPageTest {

  private final Page page = ComparisonPage.of(SampleReports.comparison());

  @Test
  void verdictNamesWhoLosesLeast() {
    assertThat(page.verdict())
        .isEqualTo(
            "Perplexity rises least with compot, pooled: from 14.50 to 15.50 with 25.0 % removed.");
    assertThat(ComparisonPage.of(SampleReports.json("{\"results\": []}")).verdict())
        .isEqualTo("Nothing has been compared yet.");
  }

  @Test
  void linesAreOverRealBits() {
    assertThat(page.figures())
        .extracting(Figure::id)
        .containsExactly("perplexity", "divergence", "rise");
    var lines = ((Chart.Lines) page.figures().getFirst().chart()).lines();
    assertThat(lines)
        .extracting(Chart.Line::name)
        .containsExactly("compot, pooled", "svd", "original");
    assertThat(lines.get(0).points()).containsExactly(List.of(24.0, 15.5, 0.0));
    assertThat(lines.get(2).dashed()).isTrue();
    // What is no number has no point.
    var divergence = ((Chart.Lines) page.figures().get(1).chart()).lines();
    assertThat(divergence).extracting(Chart.Line::name).containsExactly("compot, pooled");
  }

  @Test
  void costIsAMapOfMethodsAndRatios() {
    var heat = (Chart.Heat) page.figures().get(2).chart();
    assertThat(heat.columns()).containsExactly("25.0 % removed");
    assertThat(heat.cells()).extracting(Chart.Cell::value).containsExactly(0.0625, 0.25);
    assertThat(heat.largest()).isEqualTo(0.25);
  }

  @Test
  void timesAreInTheRunAlone() {
    assertThat(page.run().figures()).extracting(Figure::id).containsExactly("time", "memory");
    assertThat(HtmlReport.json(page.figures())).doesNotContain("2.5");
  }
}
