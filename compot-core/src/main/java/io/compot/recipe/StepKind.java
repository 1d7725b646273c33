package io.compot.recipe;

import io.compot.method.CompressionMethod;
import io.compot.method.Need;
import io.compot.method.pruned.Pruning;
import io.compot.method.quantised.GptqMethod;
import io.compot.method.quantised.RtnMethod;
import io.compot.method.quantised.TrellisMethod;
import io.compot.method.structured.HealMethod;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** What a step of a recipe does. */
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
  String usualMethod() {
    return usual;
  }

  /** All names. */
  static List<String> words() {
    return Arrays.stream(values()).map(StepKind::word).toList();
  }

  /** The kind of step that a method is for. */
  static StepKind of(CompressionMethod method) {
    if (method instanceof HealMethod) {
      return HEAL;
    }
    if (method.needs(Need.MODEL) || method instanceof Pruning) {
      return PRUNE;
    }
    boolean codes =
        method instanceof RtnMethod
            || method instanceof GptqMethod
            || method instanceof TrellisMethod
            || method instanceof MixMethod;
    return codes ? QUANTISE : FACTORISE;
  }
}
