package io.compot.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Pdf;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.print.PrintOptions;
import tools.jackson.databind.JsonNode;

/** The pages in a real, headless Chromium; skipped where the machine has none. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BrowserTest {

  @TempDir private static Path folder;

  private @Nullable Browser started;

  static Stream<String> pages() {
    return Stream.of("compression", "evaluation", "evaluations", "comparison", "hostile");
  }

  static String html(String page) {
    return switch (page) {
      case "compression" -> HtmlReport.ofCompression(SampleReports.compression());
      case "evaluation" -> HtmlReport.ofEvaluation(SampleReports.evaluation(0.75));
      case "evaluations" ->
          HtmlReport.ofEvaluations(
              SampleReports.evaluation(0.75),
              SampleReports.evaluation(0.625),
              SampleReports.differences());
      case "uncertain" ->
          HtmlReport.ofEvaluation(
              SampleReports.json(
                  SampleReports.evaluation(0.625).toString().replace("0.03125", "0.125")));
      case "images" -> HtmlReport.ofEvaluation(SampleReports.answeredImages());
      case "speech" -> HtmlReport.ofEvaluation(SampleReports.transcripts());
      case "comparison" -> HtmlReport.ofComparison(SampleReports.comparison());
      default -> HtmlReport.ofCompression(SampleReports.hostile());
    };
  }

  @BeforeAll
  void start() {
    started = Browser.start();
  }

  @AfterAll
  void stop() {
    if (started != null) {
      started.close();
    }
  }

  @BeforeEach
  void desktopInTheLight() {
    screen(1200, 900, "light");
  }

  private void screen(int width, int height, String scheme) {
    browser().screen(width, height, scheme);
  }

  private Browser browser() {
    return Objects.requireNonNull(started);
  }

  private ChromeDriver driver() {
    return browser().driver();
  }

  private void open(String page) throws Exception {
    browser().open(folder.resolve(page + ".html"), html(page));
  }

  private Object script(String code, Object... arguments) {
    return browser().script(code, arguments);
  }

  @ParameterizedTest
  @MethodSource("pages")
  void everyFigureIsDrawnWithoutAWord(String page) throws Exception {
    open(page);
    List<?> empty =
        (List<?>)
            script(
                """
                return [...document.querySelectorAll("figure")].filter(figure => {
                  const drawings = [...figure.querySelectorAll(".chart svg")];
                  return drawings.length === 0 || drawings.some(svg =>
                    svg.querySelectorAll("path, rect, circle").length < 3 || svg.getBoundingClientRect().height < 60);
                }).map(figure => figure.id)\
                """);
    assertThat(empty).isEmpty();
    assertThat((long) script("return document.querySelectorAll('figure').length"))
        .isGreaterThanOrEqualTo(3);
    assertThat(
            (long)
                script(
                    "return document.querySelectorAll('figure .panels:not([aria-label])').length"))
        .isZero();
    assertThat(driver().manage().logs().get(LogType.BROWSER).getAll()).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("pages")
  void nothingSticksOutOnAPhoneInTheDark(String page) throws Exception {
    screen(360, 740, "dark");
    open(page);
    assertThat((long) script("return document.documentElement.scrollWidth"))
        .isLessThanOrEqualTo(360);
    assertThat(script("return getComputedStyle(document.body).backgroundColor"))
        .isEqualTo("rgb(17, 21, 28)");
    assertThat(
            (long)
                script(
                    "return [...document.querySelectorAll('.chart svg')].filter(svg =>"
                        + " svg.getBoundingClientRect().right > 360).length"))
        .isZero();
    assertThat(driver().manage().logs().get(LogType.BROWSER).getAll()).isEmpty();
  }

  @Test
  void imagesStandBesideBothAnswers() throws Exception {
    open("images");
    assertThat(
            script(
                "return [...document.querySelectorAll('td.images img')]"
                    + ".map(image => image.complete + ' ' + image.naturalWidth).join()"))
        .isEqualTo("true 2,true 2,true 2");
    assertThat(
            script(
                "return [...document.querySelectorAll('td.images')]"
                    + ".map(cell => [...cell.parentNode.children].slice(2).map(each => each.textContent).join('|')).join()"))
        .isEqualTo("Which <b>?|✓ B|✗ A,What?|✓ B.|✓ B");
    assertThat(driver().manage().logs().get(LogType.BROWSER).getAll()).isEmpty();
  }

  @Test
  void errorsStandInTheirPlaces() throws Exception {
    open("speech");
    assertThat(
            script(
                "return [...document.querySelectorAll('td.errors')].map(cell => cell.innerHTML).join('|')"))
        .isEqualTo(
            "a cat &lt;i&gt;|a <del>cat</del> <ins>hat</ins> <ins>so</ins> <del>&lt;i&gt;</del>"
                + "|well [done]|well [done]");
    assertThat(script("return document.querySelector('#facts .note').textContent").toString())
        .startsWith("Struck out");
    assertThat(driver().manage().logs().get(LogType.BROWSER).getAll()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"speech", "images"})
  void rowsAreCardsOnAPhone(String page) throws Exception {
    screen(360, 740, "dark");
    open(page);
    assertThat((long) script("return document.documentElement.scrollWidth"))
        .isLessThanOrEqualTo(360);
    assertThat(
            script(
                "return [...document.querySelectorAll('.cards')]"
                    + ".map(each => each.scrollWidth <= each.clientWidth).join()"))
        .isEqualTo("true");
    assertThat(
            script(
                "return getComputedStyle(document.querySelector('.cards td'), '::before').content"))
        .isEqualTo(page.equals("speech") ? "\"sound: \"" : "\"row: \"");
  }

  @Test
  void errorBarsEndInsideTheirFigure() throws Exception {
    open("uncertain");
    assertThat(
            (List<?>)
                script(
                    """
                    const figure = document.querySelector("#tasks svg").getBoundingClientRect();
                    const labels = [...document.querySelectorAll("#tasks svg text")]
                      .filter(text => text.textContent === "piqa acc").map(text => text.getBoundingClientRect().right);
                    return [...document.querySelectorAll("#tasks svg path, #tasks svg circle")]
                      .filter(mark => ["#0072b2", "#d55e00"].includes(mark.getAttribute("stroke")))
                      .map(mark => mark.getBoundingClientRect())
                      .filter(box => box.width > 40 && (box.right > figure.right || box.left < Math.max(...labels)))
                      .map(box => box.left + " " + box.right)\
                    """))
        .isEmpty();
  }

  @Test
  void figuresFollowTheScheme() throws Exception {
    open("compression");
    String colours =
        "return [...document.querySelectorAll('#parts svg text')].map(text => text.getAttribute('fill'))[0]";
    assertThat(script(colours)).isEqualTo("#1c2230");
    screen(1200, 900, "dark");
    script("return new Promise(done => setTimeout(done, 100))");
    assertThat(script(colours)).isEqualTo("#e8ecf3");
  }

  @Test
  void numbersInTheTablesAreThoseOfTheReport() throws Exception {
    open("compression");
    JsonNode report = SampleReports.compression();
    List<Double> removed = new ArrayList<>();
    List<Double> bytes = new ArrayList<>();
    for (JsonNode layer : report.path("layers")) {
      removed.add(layer.path("ratio").asDouble());
      bytes.add(layer.path("bits").asDouble() / 8);
    }
    removed.add(0.0);
    assertThat(column("ratio", "removed")).isEqualTo(removed);
    assertThat(column("ratio", "size")).isEqualTo(bytes);
    assertThat(column("iterations", "error")).containsExactly(0.25, 0.125);
    assertThat(column("spectra", "σ / largest σ")).containsExactly(1.0, 0.5, 0.0);
    assertThat(column("parts", "after"))
        .containsExactly(6000.0, 1000.0, 1125.0, 625.0, 250.0, 9000.0);
    assertThat(column("time", "time")).containsExactly(0.25, 2.0);
    assertThat(script("return document.querySelector('#highlights .value').textContent"))
        .isEqualTo("−10.0 %");
  }

  /** Opens a figure's table and reads the numbers below a heading. */
  private List<Double> column(String figure, String heading) {
    List<?> values =
        (List<?>)
            driver()
                .executeAsyncScript(
                    """
                    const [figure, heading, done] = arguments;
                    const details = document.querySelector("#" + figure + " details");
                    const read = () => {
                      const place = [...details.querySelectorAll("th")].findIndex(th => th.textContent === heading);
                      done([...details.querySelectorAll("tbody tr")].map(row => row.children[place].dataset.value)
                        .filter(value => value !== undefined));
                    };
                    if (details.open) { read(); return; }
                    details.addEventListener("toggle", () => setTimeout(read), {once: true});
                    details.open = true;
                    """,
                    figure,
                    heading);
    return Objects.requireNonNull(values).stream()
        .map(value -> Double.valueOf(value.toString()))
        .toList();
  }

  @Test
  void namesAreTextAndNothingElse() throws Exception {
    open("hostile");
    assertThat(script("return document.querySelector('h1').textContent"))
        .isEqualTo(SampleReports.HOSTILE);
    assertThat((long) script("return document.images.length")).isZero();
    column("ratio", "removed");
    assertThat(script("return document.querySelector('#ratio tbody').textContent").toString())
        .contains("<img src=x onerror=alert(1)>");
    assertThat((long) script("return document.images.length")).isZero();
  }

  @Test
  void nothingCanBeLoaded() throws Exception {
    open("compression");
    Object refused =
        driver()
            .executeAsyncScript(
                """
                const done = arguments[0];
                document.addEventListener("securitypolicyviolation", event => done(event.effectiveDirective), {once: true});
                const image = document.createElement("img");
                image.src = "http://127.0.0.1:9/x.png";
                document.body.append(image);
                """);
    assertThat(refused).isEqualTo("img-src");
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void figuresCanBeSaved(String kind, String type, String beginning) throws Exception {
    open("compression");
    List<?> saved =
        (List<?>)
            driver()
                .executeAsyncScript(
                    """
                    const [kind, done] = arguments;
                    HTMLAnchorElement.prototype.click = () => {};
                    URL.createObjectURL = blob => {
                      blob.slice(0, 4).text().then(start => done([blob.type, blob.size, start.slice(1)]));
                      return "blob:none";
                    };
                    document.querySelector("#spectra button[data-save=" + kind + "]").click();
                    """,
                    kind);
    assertThat(saved).element(0).isEqualTo(type);
    assertThat((long) Objects.requireNonNull(saved).get(1)).isGreaterThan(2000);
    assertThat(saved.get(2)).isEqualTo(beginning);
  }

  /** On paper: light, as wide as the sheet whatever the screen, with every figure on it. */
  @ParameterizedTest
  @MethodSource("pages")
  void printsEveryFigureWithinTheSheet(String page) throws Exception {
    screen(360, 740, "dark");
    open(page);
    script(
        """
        addEventListener("beforeprint", () => {
          const sheet = document.body.getBoundingClientRect();
          window.printed = [...document.querySelectorAll("figure")].map(figure => {
            const drawings = [...figure.querySelectorAll(".chart svg")];
            const inside = drawings.every(svg => svg.getBoundingClientRect().right <= sheet.right);
            const marks = drawings.every(svg => svg.querySelectorAll("path, rect, circle").length >= 3);
            const text = figure.querySelector(".chart svg text").getAttribute("fill");
            return [drawings.length > 0 && inside && marks, text.startsWith("#1c2230") || text.startsWith("#5d6675"),
              sheet.width].join(" ");
          });
        })\
        """);
    Pdf pdf = driver().print(new PrintOptions());
    List<?> printed = (List<?>) script("return window.printed");
    assertThat(printed).isNotEmpty().allMatch("true true 700"::equals);
    String content =
        new String(Base64.getDecoder().decode(pdf.getContent()), StandardCharsets.ISO_8859_1);
    long pages = Pattern.compile("/Type /Page\\b").matcher(content).results().count();
    assertThat(pages).isBetween(1L, 6L);
    assertThat((long) script("return document.body.clientWidth")).isEqualTo(360);
    assertThat(driver().manage().logs().get(LogType.BROWSER).getAll()).isEmpty();
  }

  static Stream<Arguments> kinds() {
    return Stream.of(
        Arguments.of("svg", "image/svg+xml", "svg"), Arguments.of("png", "image/png", "PNG"));
  }
}
