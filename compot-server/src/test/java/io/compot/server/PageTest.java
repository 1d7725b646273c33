package io.compot.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.logging.Level;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.By;
import org.openqa.selenium.WebElement;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;

/** The page in a real, headless Chromium; skipped where the machine has none. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageTest {

  @TempDir private static Path folder;

  private Optional<ChromeDriver> started = Optional.empty();
  private Optional<ServedDemo> served = Optional.empty();

  @BeforeAll
  void start() throws Exception {
    Optional<File> browser = program("chromium", "chromium-browser", "google-chrome");
    Optional<File> driver = program("chromedriver");
    assumeTrue(
        browser.isPresent() && driver.isPresent(),
        "there is no chromium and chromedriver; install Debian's chromium and chromium-driver");
    served = Optional.of(ServedDemo.startTwo(folder));
    var options = new ChromeOptions();
    options.setBinary(browser.orElseThrow());
    options.addArguments(
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage");
    var logs = new LoggingPreferences();
    logs.enable(LogType.BROWSER, Level.ALL);
    options.setCapability("goog:loggingPrefs", logs);
    var service =
        new ChromeDriverService.Builder().usingDriverExecutable(driver.orElseThrow()).build();
    started = Optional.of(new ChromeDriver(service, options));
  }

  @AfterAll
  void stop() {
    started.ifPresent(ChromeDriver::quit);
    served.ifPresent(ServedDemo::close);
  }

  private static Optional<File> program(String... names) {
    String path = Objects.requireNonNullElse(System.getenv("PATH"), "");
    return Stream.of(names)
        .flatMap(name ->
            Stream.of(path.split(Pattern.quote(File.pathSeparator), -1))
                .map(place -> new File(place, name)))
        .filter(File::canExecute)
        .findFirst();
  }

  @BeforeEach
  void open() {
    screen(1200, 900, "light");
    driver().get(served.orElseThrow().uri("/").toString());
    complaints(); // those of the test before
    await("the models", _ -> !all("#models b").isEmpty());
  }

  private ChromeDriver driver() {
    return started.orElseThrow();
  }

  private void screen(int width, int height, String scheme) {
    driver()
        .executeCdpCommand(
            "Emulation.setDeviceMetricsOverride",
            Map.of(
                "width", width, "height", height, "deviceScaleFactor", 1, "mobile", width < 600));
    driver()
        .executeCdpCommand(
            "Emulation.setEmulatedMedia",
            Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", scheme))));
  }

  private List<WebElement> all(String selector) {
    return driver().findElements(By.cssSelector(selector));
  }

  private WebElement one(String selector) {
    return driver().findElement(By.cssSelector(selector));
  }

  private void await(String what, Predicate<ChromeDriver> holds) {
    long end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
    while (!holds.test(driver())) {
      assertThat(System.nanoTime()).as("in time: " + what).isLessThan(end);
      try {
        Thread.sleep(20);
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private void ask(String text) {
    one("#message").sendKeys(text);
    one("#send").click();
  }

  private void set(String field, String value) {
    driver().executeScript("document.getElementById('settings').open = true");
    one("#" + field).clear();
    one("#" + field).sendKeys(value);
  }

  private void nothingWasComplainedOf() {
    assertThat(complaints()).isEmpty();
  }

  private List<String> complaints() {
    return driver().manage().logs().get(LogType.BROWSER).getAll().stream()
        .map(Object::toString)
        .toList();
  }

  @Test
  void asksBothAndShowsWhereTheyPart() throws Exception {
    assertThat(one("#models").getText()).contains("smaller", "22.0 MB", "compot", "original");
    set("temperature", "0");
    set("max_tokens", "12");
    set("system", "Tell a <b>story</b>.");
    ask("Once upon a time <script>alert(1)</script>");
    await("the comparison", _ -> !all(".parting .tokens button").isEmpty());
    assertThat(one(".question").getText()).isEqualTo("Once upon a time <script>alert(1)</script>");
    assertThat(all(".answer .text"))
        .hasSize(2)
        .allSatisfy(text -> assertThat(text.getText()).isNotBlank());
    assertThat(all(".answer .speed"))
        .allSatisfy(speed -> assertThat(speed.getText()).contains("12 tokens", "tokens/s"));
    assertThat(all(".parting .tokens button")).hasSizeBetween(8, 16);
    String first = one(".answer .text").getText();
    String tokens = one(".parting .tokens").getText();
    assertThat(tokens).isEqualToIgnoringWhitespace(first);
    all(".parting .tokens button").getFirst().click();
    assertThat(all(".parting table tr")).hasSize(6);
    assertThat(one(".parting .detail").getText()).contains("smaller", "original", "%");
    // A second question knows the first.
    ask("And then?");
    await("both answers", _ -> all(".answer .speed").size() == 4 && all(".parting").size() == 2);
    nothingWasComplainedOf();
    driver().get(Objects.requireNonNull(one("#models a").getDomProperty("href")));
    assertThat(driver().getTitle()).isEqualTo("a report");
  }

  @Test
  void stopsAndBeginsAnew() {
    set("max_tokens", "3000");
    set("temperature", "0"); // for a long answer
    stopAtTheFirstText();
    ask("Once");
    await("that both stop", _ -> !all(".answer .speed").isEmpty() && one("#send").isDisplayed());
    await("an idle server", _ -> served.orElseThrow().server.inside() == 0);
    assertThat(one(".answer .speed").getText()).contains("stopped");
    one("#new").click();
    assertThat(all(".turn")).isEmpty();
    nothingWasComplainedOf();
  }

  /** In the page itself: answers may be done before a click from here arrives. */
  private void stopAtTheFirstText() {
    driver()
        .executeScript(
            """
            const watcher = new MutationObserver(() => {
              const text = document.querySelector('.answer .text');
              if (text && text.textContent.trim()) {
                watcher.disconnect();
                document.querySelector('#stop').click();
              }
            });
            watcher.observe(document.body, {subtree: true, childList: true, characterData: true});
            """);
  }

  @Test
  void saysWhatTheServerRefuses() {
    set("max_tokens", "5000");
    ask("Once");
    await("the refusal", _ -> !all(".answer .error").isEmpty());
    assertThat(one(".answer .error").getText()).contains("at most 4096 tokens");
  }

  @Test
  void fitsPhonesAndTheDark() {
    screen(360, 740, "dark");
    set("max_tokens", "8");
    set("temperature", "0");
    ask("Once upon a time");
    await("the comparison", _ -> !all(".parting .tokens button").isEmpty());
    assertThat(driver().executeScript("return document.documentElement.scrollWidth <= 360"))
        .isEqualTo(true);
    assertThat(one("body").getCssValue("background-color")).contains("17, 21, 28");
    var boxes = all(".answer");
    assertThat(boxes.get(1).getLocation().getY()).isGreaterThan(boxes.get(0).getLocation().getY());
  }

  @Test
  void loadsNothingFromElsewhere() throws Exception {
    var page = served.orElseThrow().get("/");
    assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
        .contains("default-src 'none'", "frame-ancestors 'none'")
        .doesNotContain("unsafe");
    assertThat(page.body()).doesNotContain("http:", "https:", "//");
    var resources =
        (List<?>)
            driver()
                .executeScript(
                    "return performance.getEntriesByType('resource').map(each => each.name)");
    assertThat(resources)
        .isNotEmpty()
        .allSatisfy(
            each -> assertThat((String) each).startsWith(served.orElseThrow().uri("/").toString()));
  }
}
