package io.compot.recipe;

import io.compot.error.UsageException;
import io.compot.text.Nearest;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Patterns over projection names: {@code *} stands for anything, and a pattern may match any run of
 * whole dotted parts, so {@code down_proj} finds {@code model.layers.3.mlp.down_proj} and {@code
 * layers.0} everything in block 0.
 */
public final class NamePatterns {

  private final List<String> sources;
  private final List<Pattern> patterns;

  /**
   * @param lists patterns, or several in one text with commas between them
   */
  public NamePatterns(List<String> lists) {
    this.sources = lists.stream().flatMap(NamePatterns::parts).toList();
    this.patterns = sources.stream().map(NamePatterns::compile).toList();
  }

  private static Stream<String> parts(String list) {
    List<String> parts =
        Arrays.stream(list.split(",")).map(String::strip).filter(part -> !part.isEmpty()).toList();
    // Nothing but commas is a pattern that matches nothing, and not the absence of patterns.
    return parts.isEmpty() ? Stream.of(list) : parts.stream();
  }

  private static Pattern compile(String source) {
    String glob =
        Arrays.stream(source.split("\\*", -1))
            .map(Pattern::quote)
            .collect(Collectors.joining(".*"));
    return Pattern.compile("(?:.*\\.)?" + glob + "(?:\\..*)?");
  }

  public boolean isEmpty() {
    return sources.isEmpty();
  }

  public boolean matches(String name) {
    return patterns.stream().anyMatch(pattern -> pattern.matcher(name).matches());
  }

  /**
   * Refuses patterns that match none of the names.
   *
   * @param option how the error calls these patterns
   */
  public void requireUse(String option, Collection<String> names) throws UsageException {
    for (int i = 0; i < patterns.size(); i++) {
      Pattern pattern = patterns.get(i);
      if (names.stream().noneMatch(name -> pattern.matcher(name).matches())) {
        String nearest =
            Nearest.of(sources.get(i), runs(sources.get(i), names))
                .map(name -> ", did you mean " + name + "?")
                .orElse("");
        throw new UsageException(
            "%s '%s' matches no projection%s; names look like %s"
                .formatted(option, sources.get(i), nearest, names.iterator().next()));
      }
    }
  }

  /** All runs of dotted parts of the names that are as long as the pattern. */
  private static Set<String> runs(String pattern, Collection<String> names) {
    int length = pattern.split("\\.", -1).length;
    Set<String> runs = new TreeSet<>();
    for (String name : names) {
      List<String> parts = List.of(name.split("\\."));
      for (int i = 0; i + length <= parts.size(); i++) {
        runs.add(String.join(".", parts.subList(i, i + length)));
      }
    }
    return runs;
  }
}
