package io.compot.method;

import io.compot.setting.Kind;
import io.compot.setting.Setting;
import java.util.function.BiFunction;
import java.util.function.Function;

/** Settings that several methods have, in the same words. */
public final class CommonSettings {

  private CommonSettings() {}

  /** ρ = k/s of methods with sparse codes. */
  public static <M> Setting<M, Double> rho(Function<M, Double> get, BiFunction<M, Double, M> with) {
    return new Setting<>(
        "rho",
        atomsPerNonzero(),
        "Atoms of the dictionary for each nonzero of a code row (k/s), at least 1.",
        get,
        with);
  }

  /** How ρ is written. */
  public static Kind.Real atomsPerNonzero() {
    return Kind.Real.atLeast(1, "a number of at least 1");
  }

  /** Rounds of methods that iterate. */
  public static <M> Setting<M, Integer> iterations(
      Function<M, Integer> get, BiFunction<M, Integer, M> with) {
    return new Setting<>(
        "iterations", new Kind.Whole(1), "Rounds for each projection at most.", get, with);
  }

  /** β of dictionary steps that are longer than a Procrustes step. */
  public static <M> Setting<M, Double> momentum(
      Function<M, Double> get, BiFunction<M, Double, M> with) {
    return new Setting<>(
        "momentum",
        Kind.Real.within(0, 1, "a number from 0 to 1"),
        "Momentum of the dictionary update, from 0, which is the paper's, to 1; 0.5 needs about a"
            + " third of the rounds for the same error.",
        get,
        with);
  }
}
