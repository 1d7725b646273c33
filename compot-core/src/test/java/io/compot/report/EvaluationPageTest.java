package io.compot.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.node.ObjectNode;

class EvaluationPageTest {

  @Test
  void oneModel() {
    Page page = EvaluationPage.of(SampleReports.evaluation(0.75));
    assertThat(page.title()).isEqualTo("tiny");
    assertThat(page.verdict())
        .isEqualTo(
            "Of this model, its token perplexity is 14.50, and its fidelity kl divergence is 0.1250,"
                + " and 1 of 1 task figures lie above guessing by more than noise.");
    var tasks = (Chart.Intervals) page.figures().getFirst().chart();
    assertThat(tasks.categories()).containsExactly("piqa acc");
    assertThat(tasks.chance()).containsExactly(0.5);
    assertThat(tasks.sets())
        .containsExactly(new Chart.Measured("measured", List.of(0.75), List.of(0.03125)));
    var states = (Chart.Lines) page.figures().get(1).chart();
    assertThat(states.lines().getFirst().points())
        .containsExactly(List.of(0.0, 0.0), List.of(1.0, 0.125), List.of(2.0, 0.25));
    assertThat(page.facts().getFirst().table().rows()).hasSize(3);
    assertThat(page.facts().get(1).table().rows())
        .containsExactly(
            List.of("perplexity", "text", "held.txt"),
            List.of("perplexity", "window", "128"),
            List.of("piqa", "shots", "0"),
            List.of("fidelity", "documents", "9"));
  }

  @Test
  void withinNoiseOfGuessingIsNotAbove() {
    assertThat(EvaluationPage.of(SampleReports.evaluation(0.55)).verdict()).contains("0 of 1 task");
  }

  @Test
  void beforeAndAfter() {
    Page page =
        EvaluationPage.of(
            SampleReports.evaluation(0.75),
            SampleReports.evaluation(0.625),
            SampleReports.differences());
    assertThat(page.verdict())
        .isEqualTo(
            "Of 2 figures that both have, the second model is worse in 1 and better in 0 by more"
                + " than noise; 0 differ by no more than noise, and of 1 that is not known.");
    var tasks = (Chart.Intervals) page.figures().getFirst().chart();
    assertThat(tasks.sets()).extracting(Chart.Measured::name).containsExactly("before", "after");
    assertThat(tasks.sets().get(0).values()).containsExactly(0.75);
    assertThat(tasks.sets().get(1).values()).containsExactly(0.625);
    assertThat(page.highlights().get(1).note()).isEqualTo("before 75.0 %");
  }

  @Test
  void transcriptsStandBesideTheOriginals() {
    Page page = EvaluationPage.of(SampleReports.transcripts());
    assertThat(page.verdict()).isEqualTo("Of this model, its speech word error rate is 60.0 %.");
    assertThat(page.facts().get(1).table().rows())
        .containsExactly(
            List.of("a.wav", 3.0, "a cat <i>", "a [cat→hat] [+so] [−<i>]"),
            List.of("b.wav", 0.0, "well [done]", "well [done]"));
  }

  @Test
  void transcriptsAndAnswersOfTwoModelsStandBesideEachOther() {
    var heard = SampleReports.transcripts();
    Page page = EvaluationPage.of(heard, heard, SampleReports.differences());
    assertThat(page.facts().get(1).table().columns())
        .extracting(Table.Column::name)
        .containsExactly("sound", "errors", "before", "after");
    assertThat(page.facts().get(1).table().rows().getFirst())
        .isEqualTo(List.of("a.wav", 3.0, "a [cat→hat] [+so] [−<i>]", "a [cat→hat] [+so] [−<i>]"));
    var seen = SampleReports.answeredImages();
    var answered =
        EvaluationPage.of(seen, seen, SampleReports.differences()).facts().get(1).table();
    assertThat(answered.rows().get(1).subList(2, 5)).containsExactly("Which <b>?", "✗ A", "✗ A");
  }

  @Test
  void theDateIsInTheRunAlone() {
    var dated = (ObjectNode) SampleReports.evaluation(0.75);
    dated.set("run", SampleReports.json("{\"date\": \"2031-02-03T04:05:06Z\"}"));
    Page told = EvaluationPage.of(dated);
    assertThat(HtmlReport.json(told.run())).contains("2031-02-03T04:05:06Z");
    assertThat(HtmlReport.json(told.facts())).doesNotContain("2031");
  }
}
