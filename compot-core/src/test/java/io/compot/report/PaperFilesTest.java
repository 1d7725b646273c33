package io.compot.report;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.recipe.Methods;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;

/** Figures and tables for papers. */
class PaperFilesTest {

  private static Map<String, Object> row(
      String model, String method, double ratio, double bits, double perplexity, double error) {
    return Map.of(
        "model", model,
        "method", method,
        "allocation", method.equals("original") ? "" : "uniform",
        "ratio", ratio,
        "bits_per_weight", bits,
        "perplexity", perplexity,
        "perplexity_standard_error", error,
        "kl_divergence", method.equals("original") ? 0 : 0.25,
        "kl_standard_error", 0.01);
  }

  private static Map<String, String> files(List<Map<String, Object>> rows) {
    return PaperFiles.of(Map.of("results", rows));
  }

  private static String file(List<Map<String, Object>> rows, String name) {
    return Objects.requireNonNull(files(rows).get(name), name);
  }

  private static Document svg(String text) throws Exception {
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static List<String> texts(Document figure) {
    List<String> texts = new ArrayList<>();
    var nodes = figure.getElementsByTagName("text");
    for (int i = 0; i < nodes.getLength(); i++) {
      texts.add(nodes.item(i).getTextContent());
    }
    return texts;
  }

  private static List<Map<String, Object>> rows() {
    return List.of(
        row("a_b", "original", 0, 16, 10, 0.5),
        row("a_b", "svd", 0.2, 12.8, 14, 0.75),
        row("a_b", "svd", 0.4, 9.6, 24, 1.25),
        row("a_b", "compot", 0.2, 12.8, 11, 0.5));
  }

  @Test
  void axesHaveTitlesAndRoundTicksAndPointsErrorBars() throws Exception {
    Document figure = svg(file(rows(), "perplexity.svg"));
    assertThat(texts(figure))
        .contains("token perplexity", "a_b", "svd", "compot", "original", "10", "14", "20", "12");
    assertThat(figure.getElementsByTagName("circle").getLength()).isEqualTo(3);
    String text = file(rows(), "perplexity.svg");
    assertThat(text.split("m-4 0 h8", -1)).hasSize(1 + 3);
    // The original is a level line: its error is a band along it.
    assertThat(text).contains("stroke-dasharray", "fill-opacity");
    var bars = Pattern.compile("d='M([0-9.]+) ([0-9.]+) V([0-9.]+) m-4").matcher(text);
    while (bars.find()) {
      assertThat(Double.parseDouble(bars.group(1))).isBetween(76.0, 450.0);
      assertThat(Double.parseDouble(bars.group(2))).isLessThan(348);
      assertThat(Double.parseDouble(bars.group(3))).isGreaterThan(34);
    }
  }

  /** Every label ends within the picture, by a generous width of its letters. */
  @Test
  void nothingIsCutOff() throws Exception {
    Document figure = svg(file(rows(), "divergence.svg"));
    var nodes = figure.getElementsByTagName("text");
    for (int i = 0; i < nodes.getLength(); i++) {
      var at = nodes.item(i).getAttributes();
      double x = Double.parseDouble(at.getNamedItem("x").getNodeValue());
      double width = 8.0 * nodes.item(i).getTextContent().length();
      if (at.getNamedItem("text-anchor").getNodeValue().equals("end")) {
        assertThat(x - width).isGreaterThan(18);
      } else if (at.getNamedItem("text-anchor").getNodeValue().equals("start")) {
        assertThat(x + width).isLessThan(640 + width / 4);
      }
    }
  }

  @Test
  void aMethodHasOneColourWhateverIsBesideIt() {
    String both = file(rows(), "perplexity.svg");
    String alone = file(rows().subList(1, 3), "perplexity.svg");
    String colour = MethodColour.onWhite("svd");
    assertThat(both).contains(colour);
    assertThat(alone).contains(colour).doesNotContain(MethodColour.onWhite("compot"));
    assertThat(MethodColour.onWhite("compot")).isNotEqualTo(colour);
  }

  @Test
  void noTwoMethodsShareAColour() {
    // Those of other jars, as a test's own, have one by their names.
    assertThat(Methods.names().stream().filter(name -> !name.equals("toy")))
        .extracting(MethodColour::onWhite)
        .doesNotHaveDuplicates();
  }

  @Test
  void aFigureOfOneValueHasRoomAroundIt() throws Exception {
    Document figure = svg(file(rows().subList(3, 4), "perplexity.svg"));
    assertThat(texts(figure)).contains("11").hasSizeGreaterThan(8);
  }

  @Test
  void tablesHaveRulesAndErrorsAndNoNameBreaksThem() {
    assertThat(file(rows(), "results.tex"))
        .contains(
            "\\toprule",
            "\\caption{a\\_b: token perplexity",
            "svd & uniform & 20\\,\\% & 12.80 &  & 14.00 $\\pm$ 0.75 & 0.2500 $\\pm$ 0.0100 \\\\");
    assertThat(files(List.of(row("x%\\y", "svd", 0.2, 8, 2.5e7, 0))).get("results.tex"))
        .contains("x\\%\\textbackslash{}y", "$2.5 \\times 10^{7}$");
    assertThat(files(List.of())).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "9.6, 12.8", "3, 3", "0.0001, 0.0002", "14.48, 15.31", "1, 1e5", "-2, 7"})
  void ticksAreRoundAndFew(double least, double most) {
    Ticks linear = Ticks.linear(least, most);
    assertThat(linear.at()).hasSizeBetween(3, 12).isSorted();
    assertThat(linear.at())
        .allMatch(tick -> Ticks.label(tick).replaceAll("[-.]", "").length() <= 8);
    assertThat(linear.place(least)).isBetween(0.0, 1.0);
    assertThat(linear.place(most)).isBetween(0.0, 1.0);
    if (least > 0) {
      Ticks decades = Ticks.logarithmic(least, most);
      assertThat(decades.at()).hasSizeBetween(2, 14).isSorted();
      assertThat(decades.place(most)).isBetween(0.0, 1.0);
    }
  }
}
