package io.compot.method;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a step of a recipe does; each method is for one kind. */
public enum StepKind {
  /** Takes something out: blocks, heads, channels, single entries. */
  PRUNE("replaceme"),
  /** Puts two smaller factors in the place of weights. */
  FACTORISE("compot"),
  /** Puts codes of few bits in the place of weights, or of the factors of the step before. */
  QUANTISE("gptq"),
  /** Trains what was pruned or factorised to give what it gave. */
  HEAL("heal");

  private final String usual;

  StepKind(String usual) {
    this.usual = usual;
  }

  /** Its name in a recipe. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Its method where none is said. */
  public String usualMethod() {
    return usual;
  }

  /** All names. */
  public static List<String> words() {
    return Arrays.stream(values()).map(StepKind::word).toList();
  }
}
