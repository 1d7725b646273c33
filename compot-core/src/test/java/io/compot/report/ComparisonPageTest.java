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
    assertThat(heat.columns()).containsExactly("25.0 %");
    assertThat(heat.cells()).extracting(Chart.Cell::value).containsExactly(0.0625, 0.25);
    assertThat(heat.largest()).isEqualTo(0.25);
  }

  @Test
  void timesAreInTheRunAlone() {
    assertThat(page.run().figures()).extracting(Figure::id).containsExactly("time", "memory");
    assertThat(HtmlReport.json(page.figures())).doesNotContain("2.5");
  }

  private static String row(String method, String setting, String asked, double perplexity) {
    return """
    {"model": "tiny", "method": "%s", "allocation": "uniform", "setting": "%s", "asked": "%s",
     "ratio": %s, "bits_per_weight": 4, "file_bytes": 2000000, "perplexity": %s,
     "perplexity_standard_error": 0.5, "log_perplexity_rise": 0.1, "kl_divergence": 0.25,
     "tasks": [{"name": "piqa", "metric": "acc", "value": 0.75, "standard_error": 0.0625}],
     "sample": "and then", "tokens_per_second": 12.5}\
    """
        .formatted(method, setting, asked, setting.equals("ratio") ? asked : "0", perplexity);
  }

  private static Page page(String... rows) {
    return ComparisonPage.of(
        SampleReports.json(
            """
            {"versions": {"libtorch": "2.9"}, "settings": {"tiny: seed": "42"},
             "inputs": {"held.txt": "0123"}, "run": {"date": "2031-02-03T04:05:06Z"},
             "protocols": {"tiny": {"window": 64, "windows": 9, "prompt": "One day"}},
             "results": [%s]}\
            """
                .formatted(String.join(",", rows))));
  }

  @Test
  void onlyWhoHadARivalHasWon() {
    assertThat(
            page(
                    row("rtn", "width", "3", 20),
                    row("svd", "ratio", "0.5", 19),
                    row("gptq", "width", "3", 18))
                .verdict())
        .isEqualTo("Perplexity rises least with gptq: to 18.00 with width 3.");
  }

  @Test
  void tasksAndBytesHaveFiguresAndAllHasItsError() {
    Page all = page(row("rtn", "width", "3", 20), row("q.gguf", "file", "/x/q.gguf", 18));
    assertThat(all.figures())
        .extracting(Figure::id)
        .containsExactly("perplexity", "divergence", "size", "task-piqa-acc");
    var size = (Chart.Lines) all.figures().get(2).chart();
    assertThat(size.lines()).extracting(Chart.Line::name).containsExactly("rtn", "q.gguf");
    var task = (Chart.Lines) all.figures().get(3).chart();
    assertThat(task.lines().getFirst().points()).containsExactly(List.of(4.0, 0.75, 0.0625));
    assertThat(HtmlReport.json(all.facts()))
        .contains("One day […] and then", "0123", "2.9", "tiny: seed")
        .doesNotContain("2031");
    assertThat(HtmlReport.json(all.run())).contains("2031-02-03T04:05:06Z", "12.5");
  }
}
