package io.compot.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HtmlReportTest {

  private static final Pattern SCRIPT = Pattern.compile("(?s)<script([^>]*)>(.*?)</script>");

  @Test
  void sameFactsGiveTheSameBytes() {
    assertThat(HtmlReport.ofCompression(SampleReports.compression()))
        .isEqualTo(HtmlReport.ofCompression(SampleReports.compression()));
  }

  @Test
  void timesAreInOneElement() {
    String slower =
        SampleReports.compression()
            .toString()
            .replace("\"compress\":2.0", "\"compress\":3.0")
            .replace("\"seconds\":1.5", "\"seconds\":2.5");
    String one = HtmlReport.ofCompression(SampleReports.compression());
    String two = HtmlReport.ofCompression(SampleReports.json(slower));
    assertThat(two).isNotEqualTo(one);
    assertThat(withoutRun(two)).isEqualTo(withoutRun(one));
  }

  private static String withoutRun(String page) {
    return page.replaceFirst("(?s)<script type=\"application/json\" id=\"run\">.*?</script>", "");
  }

  /**
   * The policy names each script by its digest, so that nothing else runs and nothing is loaded.
   */
  @Test
  void onlyOurScriptsMayRun() throws Exception {
    String page = HtmlReport.ofCompression(SampleReports.compression());
    List<String> hashes = new ArrayList<>();
    var scripts = SCRIPT.matcher(page);
    while (scripts.find()) {
      if (scripts.group(1).isEmpty()) {
        byte[] text = scripts.group(2).getBytes(StandardCharsets.UTF_8);
        byte[] digest = MessageDigest.getInstance("SHA-256").digest(text);
        hashes.add("'sha256-" + Base64.getEncoder().encodeToString(digest) + "'");
      }
    }
    assertThat(hashes).hasSize(4);
    assertThat(page)
        .contains(
            "content=\"default-src 'none'; script-src " + String.join(" ", hashes) + "; style-src");
    String markup = SCRIPT.matcher(page).replaceAll("");
    assertThat(markup).doesNotContain("src=", "@import", "<link", "url(");
  }

  @Test
  void namesStayText() {
    String page = HtmlReport.ofCompression(SampleReports.hostile());
    assertThat(SCRIPT.matcher(page).replaceAll("")).doesNotContain("<img");
    assertThat(page).contains("<h1>&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;");
    var scripts = SCRIPT.matcher(page);
    int count = 0;
    while (scripts.find()) {
      count++;
      if (scripts.group(1).contains("\"page\"")) {
        var data = SampleReports.json(scripts.group(2));
        assertThat(data.path("facts").path(0).path("table").path("rows").path(0).path(1).asString())
            .isEqualTo(SampleReports.HOSTILE);
      }
    }
    assertThat(count).isEqualTo(6);
  }
}
