package io.compot.pipeline;

import io.compot.allocation.ProfileFact;
import io.compot.allocation.Spectrum;
import io.compot.error.CompotException;
import io.compot.method.CompressionMethod;
import io.compot.method.ExpectedError;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What has been found out of the projections of one model on one calibration: numbers only. A
 * spectrum serves every method; expected errors serve one method with one set of settings, whatever
 * the ratio. Remembers how long each took, so that whoever finds it here can say what it costs.
 */
final class ProfileCache {

  private record ErrorsKey(CompressionMethod method, long seed, String projection) {}

  private record SpectrumKey(ProfileFact fact, String projection) {}

  private record Timed<T>(T value, double seconds) {}

  /** Computes what is missing. */
  @FunctionalInterface
  interface Source<T> {
    T get() throws CompotException;
  }

  private final Map<ErrorsKey, Timed<List<ExpectedError>>> errors = new HashMap<>();
  private final Map<SpectrumKey, Timed<Spectrum>> spectra = new HashMap<>();
  private double seconds;

  /** Whether all of a projection's facts are here. */
  boolean holds(CompressionMethod method, long seed, String projection, Set<ProfileFact> facts) {
    return facts.stream()
        .allMatch(fact ->
            switch (fact) {
              case WEIGHT_SPECTRUM, WHITENED_SPECTRUM ->
                  spectra.containsKey(new SpectrumKey(fact, projection));
              case WEIGHT_ERROR, WHITENED_ERROR ->
                  errors.containsKey(new ErrorsKey(method, seed, projection));
              case SENSITIVITY, LOSS_RISE -> false;
            });
  }

  List<ExpectedError> errors(
      CompressionMethod method, long seed, String projection, Source<List<ExpectedError>> source)
      throws CompotException {
    return found(errors, new ErrorsKey(method, seed, projection), source);
  }

  Spectrum spectrum(ProfileFact fact, String projection, Source<Spectrum> source)
      throws CompotException {
    return found(spectra, new SpectrumKey(fact, projection), source);
  }

  private <K, T> T found(Map<K, Timed<T>> known, K key, Source<T> source) throws CompotException {
    Timed<T> found = known.get(key);
    if (found == null) {
      long start = System.nanoTime();
      T value = source.get();
      found = new Timed<>(value, (System.nanoTime() - start) / 1e9);
      known.put(key, found);
    }
    seconds += found.seconds();
    return found.value();
  }

  /** Seconds that everything asked for since the last call took when it was computed. */
  double takeSeconds() {
    double taken = seconds;
    seconds = 0;
    return taken;
  }
}
