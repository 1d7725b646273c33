package io.compot.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever font a machine has, no figure's text leaves it and no two labels of an axis meet. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PageFontsTest {

  /** One that is wide, one that is narrow, one whose letters are all wide. */
  private static final List<String> FONTS =
      List.of(
          "'DejaVu Sans', Verdana", "'Liberation Serif', 'Times New Roman', serif", "monospace");

  @TempDir private static Path folder;
  private @Nullable Browser started;

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

  static Stream<Arguments> views() {
    List<Arguments> all = new ArrayList<>();
    for (String page : List.of("compression", "evaluation", "evaluations", "comparison", "wide")) {
      for (String font : FONTS) {
        all.add(Arguments.of(page, font, 1200));
        all.add(Arguments.of(page, font, 380));
      }
    }
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("views")
  void nothingIsCutOffAndNothingCollides(String page, String font, int width) throws Exception {
    Browser browser = Objects.requireNonNull(started);
    browser.screen(width, 900, "light");
    String html = page.equals("wide") ? wide() : BrowserTest.html(page);
    browser.open(
        folder.resolve("page.html"),
        html.replace("</style>", "body { font-family: " + font + " !important; }</style>"));
    List<?> found = (List<?>) browser.script(COLLISIONS);
    assertThat(found).as("%s in %s at %d", page, font, width).isEmpty();
  }

  /** What sticks out of its drawing, and what lies on its neighbour in the same row or column. */
  private static final String COLLISIONS =
      """
      const found = [];
      for (const svg of document.querySelectorAll(".chart svg")) {
        const frame = svg.getBoundingClientRect();
        const where = svg.closest("figure").id + ": ";
        const texts = [...svg.querySelectorAll("text")].filter(text => text.textContent.trim())
          .map(text => ({ text: text.textContent, box: text.getBoundingClientRect() }));
        for (const { text, box } of texts) {
          if (box.left < frame.left - 1 || box.right > frame.right + 1 || box.top < frame.top - 2 || box.bottom > frame.bottom + 2) {
            found.push(where + text + " sticks out");
          }
        }
        for (let i = 0; i < texts.length; i++) {
          for (let j = i + 1; j < texts.length; j++) {
            const a = texts[i].box, b = texts[j].box;
            const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (across > 1 && down > 3) found.push(where + texts[i].text + " meets " + texts[j].text);
          }
        }
      }
      return found;\
      """;

  /** Long names, large numbers, minutes and gigabytes. */
  private static String wide() {
    List<Map<String, Object>> rows = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      rows.add(
          Map.ofEntries(
              Map.entry("model", "a"),
              Map.entry("method", i == 0 ? "original" : "svd-llm-v2"),
              Map.entry("allocation", i == 0 ? "" : "an-allocation-of-a-long-name-" + i % 2),
              Map.entry("setting", i == 0 ? "" : "ratio"),
              Map.entry("asked", i == 0 ? "" : "0." + i),
              Map.entry("ratio", 0.1 * i),
              Map.entry("bits_per_weight", 16 - i * 1.017),
              Map.entry("file_bytes", 16_345_678_901L - 1_000_000_123L * i),
              Map.entry("perplexity", 12.345 + Math.pow(9, i)),
              Map.entry("perplexity_standard_error", 1.5),
              Map.entry("log_perplexity_rise", 0.123456 * i),
              Map.entry("kl_divergence", 0.0312 * i),
              Map.entry("kl_standard_error", 0.00123),
              Map.entry("seconds", 137.7 * i),
              Map.entry("peak_bytes", 3_333_333_333L * i),
              Map.entry("tokens_per_second", 1234.5678 / (i + 1))));
    }
    return HtmlReport.ofComparison(Map.of("results", rows));
  }
}
