package io.compot.pipeline;

import io.compot.error.UsageException;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Patterns over projection names: {@code *} stands for anything, and a pattern may match any run of
 * whole dotted parts, so {@code down_proj} finds {@code model.layers.3.mlp.down_proj} and {@code
 * layers.0} everything in block 0.
 */
final class NamePatterns {

  private final List<String> sources;
  private final List<Pattern> patterns;

  NamePatterns(List<String> sources) {
    this.sources = sources;
    this.patterns = sources.stream().map(NamePatterns::compile).toList();
  }

  private static Pattern compile(String source) {
    String glob =
        Arrays.stream(source.split("\\*", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*"));
    return Pattern.compile("(?:.*\\.)?" + glob + "(?:\\..*)?");
  }

  boolean isEmpty() {
    return sources.isEmpty();
  }

  boolean matches(String name) {
    return patterns.stream().anyMatch(pattern -> pattern.matcher(name).matches());
  }

  /**
   * Refuses patterns that match none of the names.
   *
   * @param option how the error calls these patterns
   */
  void requireUse(String option, Collection<String> names) throws UsageException {
    for (int i = 0; i < patterns.size(); i++) {
      Pattern pattern = patterns.get(i);
      if (names.stream().noneMatch(name -> pattern.matcher(name).matches())) {
        throw new UsageException(
            "%s '%s' matches no projection; names look like %s"
                .formatted(option, sources.get(i), names.iterator().next()));
      }
    }
  }
}
