package io.compot.cli;

import io.compot.Compression;
import io.compot.Computation;
import io.compot.Model;
import io.compot.TextSample;
import io.compot.error.CompotException;
import io.compot.evaluation.Perplexity;
import io.compot.evaluation.PerplexityOptions;
import io.compot.progress.ProgressListener;
import io.compot.result.CompressionReport;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Token perplexity of one text before and after compression, by one protocol. */
final class BeforeAndAfter {

  private final Path text;
  private final PerplexityOptions options;
  private final Computation computation;
  private final ProgressListener listener;
  private @Nullable Perplexity before;
  private @Nullable Perplexity after;
  private @Nullable TextSample original;

  BeforeAndAfter(
      Path text, PerplexityOptions options, Computation computation, ProgressListener listener) {
    this.text = text;
    this.options = options;
    this.computation = computation;
    this.listener = listener;
  }

  /** Refuses a text that cannot be measured on. */
  void check(Path model) throws CompotException {
    Model.check(model, text, options, computation);
  }

  void before(Path model) throws CompotException {
    try (Model loaded = Model.load(model, computation)) {
      before = loaded.evaluate(text, options, listener);
      original = TextSample.of(loaded, text);
    }
  }

  /** Measures the output, and adds both figures to its report. */
  CompressionReport after(Path output, Compression compression, CompressionReport report)
      throws CompotException {
    try (Model loaded = Model.load(output, computation)) {
      Perplexity measured = loaded.evaluate(text, options, listener);
      after = measured;
      if (before == null || original == null) {
        return report;
      }
      TextSample smaller = TextSample.of(loaded, original.prompt());
      return compression.measured(report, before, measured, original, smaller);
    }
  }

  Map<String, Object> json() {
    Map<String, Object> both = new LinkedHashMap<>();
    if (before != null && after != null) {
      both.put("before", before);
      both.put("after", after);
    }
    return both;
  }

  void print(Screen screen) {
    if (before != null && after != null) {
      screen.line(
          "perplexity  %s before, %s after (%+.1f %%)"
              .formatted(
                  Quantity.perplexity(before.value()),
                  Quantity.perplexity(after.value()),
                  100 * (after.value() / before.value() - 1)));
      screen.wrapped("            ", after.protocol().toString());
    }
  }
}
