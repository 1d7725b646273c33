package io.compot.report;

import io.compot.file.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code report.html}: one file that loads nothing. Its scripts are ours and the chart library's,
 * named by their digests in a content security policy that allows no others and no network; facts
 * are data to them. Same facts, same bytes: what differs between two runs is in the element {@code
 * run} alone.
 */
public final class HtmlReport {

  /** The file's usual name. */
  public static final String NAME = "report.html";

  private static final String LIBRARY =
      "/META-INF/resources/_static/echarts/6.0.0/dist/echarts.min.js";
  private static final Pattern PLACE = Pattern.compile("\\{\\{([a-z-]+)}}");
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private HtmlReport() {}

  /**
   * The page of a compression.
   *
   * @param report as in {@code compression-report.json}
   */
  public static String ofCompression(Object report) {
    return of(CompressionPage.of(ReportJson.tree(report)));
  }

  /**
   * The page of an evaluation.
   *
   * @param results as {@code eval --json} writes them
   */
  public static String ofEvaluation(Object results) {
    return of(EvaluationPage.of(ReportJson.tree(results)));
  }

  /**
   * The page of two evaluations beside each other.
   *
   * @param first results of the model before
   * @param second results of the model after
   * @param differences as {@code eval --compare --json} writes them
   */
  public static String ofEvaluations(Object first, Object second, Object differences) {
    return of(
        EvaluationPage.of(
            ReportJson.tree(first), ReportJson.tree(second), ReportJson.tree(differences)));
  }

  /**
   * The page of a comparison of methods.
   *
   * @param comparison as {@code results.json} holds it
   */
  public static String ofComparison(Object comparison) {
    return of(ComparisonPage.of(ReportJson.tree(comparison)));
  }

  static String of(Page page) {
    String library = script(LIBRARY);
    String scales = script("scales.js");
    String charts = script("charts.js");
    String script = script("report.js");
    var data = new LinkedHashMap<String, Object>();
    data.put("highlights", page.highlights());
    data.put("figures", page.figures());
    data.put("facts", page.facts());
    Map<String, String> content = new HashMap<>();
    content.put(
        "script-hashes",
        String.join(" ", List.of(hash(library), hash(scales), hash(charts), hash(script))));
    content.put("title", escaped(page.title()));
    content.put("kind", escaped(page.kind()));
    content.put("verdict", escaped(page.verdict()));
    content.put("style", resource("report.css"));
    content.put("page", json(data));
    content.put("run", json(page.run()));
    content.put("chart-library", library);
    content.put("charts", charts);
    content.put("script", script);
    content.put("scales", scales);
    return PLACE
        .matcher(resource("report.html"))
        .replaceAll(
            place -> Matcher.quoteReplacement(Objects.requireNonNull(content.get(place.group(1)))));
  }

  /** Text that is text in an HTML element or attribute, whatever it holds. */
  static String escaped(String text) {
    var safe = new StringBuilder();
    text.codePoints()
        .forEach(c -> {
          switch (c) {
            case '&' -> safe.append("&amp;");
            case '<' -> safe.append("&lt;");
            case '>' -> safe.append("&gt;");
            case '"' -> safe.append("&quot;");
            case '\'' -> safe.append("&#39;");
            default -> safe.appendCodePoint(Character.isISOControl(c) ? ' ' : c);
          }
        });
    return safe.toString();
  }

  /** JSON that cannot end the element it stands in. */
  static String json(Object value) {
    return JSON.writeValueAsString(value)
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029");
  }

  private static String script(String name) {
    String text = resource(name);
    if (text.toLowerCase(Locale.ROOT).contains("</script")) {
      throw new IllegalStateException(name + " would end its element");
    }
    return text;
  }

  private static String hash(String script) {
    byte[] digest = Sha256.begin().digest(script.getBytes(StandardCharsets.UTF_8));
    return "'sha256-" + Base64.getEncoder().encodeToString(digest) + "'";
  }

  private static String resource(String name) {
    try (InputStream in = HtmlReport.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from this build");
      }
      // A browser reads line ends as \n before it takes a digest.
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n").strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
