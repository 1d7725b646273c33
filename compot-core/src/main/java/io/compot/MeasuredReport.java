package io.compot;

import io.compot.evaluation.Perplexity;
import io.compot.result.CompressionReport;
import io.compot.result.CompressionReport.PerplexityChange;
import io.compot.result.CompressionReport.Speed;
import io.compot.result.CompressionReport.TextChange;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** A compression's report with what was measured of original and output. */
final class MeasuredReport {

  private MeasuredReport() {}

  static CompressionReport of(
      CompressionReport report,
      Perplexity before,
      Perplexity after,
      @Nullable TextSample original,
      @Nullable TextSample smaller) {
    String text = after.protocol().text();
    String name = String.valueOf(Path.of(text).getFileName());
    String protocol = after.protocol().toString().replace(text, name);
    var change = new PerplexityChange(name, before.value(), after.value(), protocol);
    return original == null || smaller == null
        ? report.with(change, null, null)
        : report.with(
            change,
            new TextChange(original.prompt(), original.text(), smaller.text()),
            new Speed(original.tokensPerSecond(), smaller.tokensPerSecond()));
  }
}
