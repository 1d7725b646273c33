package io.compot.recipe;

import io.compot.error.UsageException;
import io.compot.method.CompressionMethod;
import io.compot.method.lowrank.AsvdMethod;
import io.compot.method.lowrank.SvdLlmMethod;
import io.compot.method.lowrank.SvdLlmV2Method;
import io.compot.method.lowrank.TruncatedSvdMethod;
import io.compot.method.sparse.CompotMethod;
import io.compot.method.sparse.CompotPlusMethod;
import io.compot.method.sparse.CospadiMethod;
import io.compot.method.sparse.Initialisation;
import io.compot.method.sparse.RocketMethod;
import io.compot.text.Fraction;
import java.util.List;

/** From settings to the method they name. */
public final class MethodChoice {

  static final List<String> NAMES =
      List.of(
          "compot",
          "compot+",
          "compot+lite",
          "svd",
          "svd-llm",
          "svd-llm-v2",
          "asvd",
          "cospadi",
          "rocket");

  static final List<String> UPDATES = List.of("none", "sequential");

  static final List<String> INITS = List.of("svd", "random");

  private static final int PLUS_ITERATIONS = 20;

  private MethodChoice() {}

  /**
   * The method, with its settings.
   *
   * @throws UsageException naming the setting that is out of range
   */
  public static CompressionMethod of(CompressionSettings settings) throws UsageException {
    require(
        settings.ratio() > 0 && settings.ratio() < 1,
        "ratio",
        settings.ratio(),
        "the fraction of bits to remove, between 0 and 1" + Fraction.hint(settings.ratio()));
    return switch (settings.method()) {
      case "compot" -> compot(settings);
      case "compot+" ->
          CompotPlusMethod.standard().withIterations(iterations(settings, PLUS_ITERATIONS));
      case "compot+lite" ->
          CompotPlusMethod.lite().withIterations(iterations(settings, PLUS_ITERATIONS));
      case "svd" -> new TruncatedSvdMethod();
      case "svd-llm" -> new SvdLlmMethod(sequential(settings));
      case "svd-llm-v2" -> new SvdLlmV2Method();
      case "asvd" -> new AsvdMethod();
      case "cospadi" -> cospadi(settings);
      case "rocket" -> RocketMethod.paper().withRho(rho(settings));
      default ->
          throw new UsageException(
              "method %s is unknown; choose one of %s"
                  .formatted(settings.method(), String.join(", ", NAMES)));
    };
  }

  private static boolean sequential(CompressionSettings settings) throws UsageException {
    require(
        UPDATES.contains(settings.update()),
        "update",
        settings.update(),
        "one of " + String.join(", ", UPDATES));
    return settings.update().equals("sequential");
  }

  private static double rho(CompressionSettings settings) throws UsageException {
    require(
        settings.rho() >= 1 && Double.isFinite(settings.rho()),
        "k/s ratio",
        settings.rho(),
        "a number of at least 1");
    return settings.rho();
  }

  private static int iterations(CompressionSettings settings, int standard) throws UsageException {
    int iterations = settings.iterations().orElse(standard);
    require(iterations >= 1, "iterations", iterations, "at least 1");
    return iterations;
  }

  private static CospadiMethod cospadi(CompressionSettings settings) throws UsageException {
    CospadiMethod fast = CospadiMethod.fast();
    return fast.withRho(rho(settings)).withIterations(iterations(settings, fast.iterations()));
  }

  private static CompotMethod compot(CompressionSettings settings) throws UsageException {
    CompotMethod paper = CompotMethod.paper();
    double tolerance = settings.tolerance().orElse(0);
    require(tolerance >= 0 && tolerance < 1, "tolerance", tolerance, "from 0 to below 1");
    double momentum = settings.momentum();
    require(momentum >= 0 && momentum <= 1, "momentum", momentum, "from 0 to 1");
    Initialisation initialisation =
        switch (settings.init()) {
          case "svd" -> Initialisation.SVD;
          case "random" -> Initialisation.RANDOM;
          default ->
              throw new UsageException(
                  "init %s is unknown; choose svd or random".formatted(settings.init()));
        };
    return new CompotMethod(
        rho(settings),
        iterations(settings, paper.iterations()),
        tolerance,
        initialisation,
        momentum);
  }

  static void require(boolean holds, String setting, Object given, String expected)
      throws UsageException {
    if (!holds) {
      throw new UsageException("%s %s is not %s".formatted(setting, given, expected));
    }
  }
}
