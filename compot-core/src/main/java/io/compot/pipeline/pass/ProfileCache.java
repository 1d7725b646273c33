package io.compot.pipeline.pass;

import io.compot.allocation.option.ProfileFact;
import io.compot.allocation.option.Spectrum;
import io.compot.error.CompotException;
import io.compot.file.Sha256;
import io.compot.journal.WorkFolder;
import io.compot.method.CompressionMethod;
import io.compot.method.ExpectedError;
import io.compot.pipeline.task.ProfileTask;
import io.compot.pipeline.task.StoredProfile;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What has been found out of the projections of one model on one calibration: numbers only. A
 * spectrum serves every method; expected errors serve one method with one set of settings, whatever
 * the ratio. Remembers how long each took, so that whoever finds it here can say what it costs.
 */
public final class ProfileCache {

  private record ErrorsKey(CompressionMethod method, long seed, String projection) {}

  private record SpectrumKey(ProfileFact fact, String projection) {}

  private record Timed<T>(T value, double seconds) {}

  /** Computes what is missing. */
  @FunctionalInterface
  interface Source<T> {
    T get() throws CompotException;
  }

  private final @Nullable WorkFolder work;
  private final Map<ErrorsKey, Timed<List<ExpectedError>>> errors = new HashMap<>();
  private final Map<SpectrumKey, Timed<Spectrum>> spectra = new HashMap<>();
  private double seconds;

  /** Facts that end with this process. */
  public ProfileCache() {
    this(null);
  }

  /**
   * Facts of one compression.
   *
   * @param work where they are kept for another process; null where they are not
   */
  public ProfileCache(@Nullable WorkFolder work) {
    this.work = work;
  }

  /** Whether all of a projection's facts are here. */
  boolean holds(CompressionMethod method, long seed, String projection, Set<ProfileFact> facts)
      throws CompotException {
    for (ProfileFact fact : facts) {
      boolean here =
          switch (fact) {
            case WEIGHT_SPECTRUM, WHITENED_SPECTRUM ->
                recall(
                    spectra,
                    new SpectrumKey(fact, projection),
                    name(fact, projection),
                    StoredProfile.Values.class,
                    StoredProfile.Values::spectrum);
            case WEIGHT_ERROR, WHITENED_ERROR -> {
              var key = new ErrorsKey(method, seed, projection);
              yield recall(
                  errors, key, name(key), StoredProfile.Errors.class, StoredProfile.Errors::list);
            }
            case LOSS_RISE, TRAINED_RATIO -> false;
          };
      if (!here) {
        return false;
      }
    }
    return true;
  }

  List<ExpectedError> errors(
      CompressionMethod method, long seed, String projection, Source<List<ExpectedError>> source)
      throws CompotException {
    var key = new ErrorsKey(method, seed, projection);
    return found(errors, key, source, name(key), StoredProfile.Errors::of);
  }

  Spectrum spectrum(ProfileFact fact, String projection, Source<Spectrum> source)
      throws CompotException {
    var key = new SpectrumKey(fact, projection);
    return found(spectra, key, source, name(fact, projection), StoredProfile.Values::of);
  }

  /** Takes in what others have found out of a projection. */
  void put(ProfileTask task, ProfileTask.Profiled profiled) throws CompotException {
    var own = profiled.errors();
    if (own != null) {
      var key = new ErrorsKey(task.method(), task.seed(), task.projection());
      keep(errors, key, own.found().list(), name(key), own.found(), own.seconds());
    }
    for (var each : profiled.spectra().entrySet()) {
      var key = new SpectrumKey(each.getKey(), task.projection());
      var values = each.getValue();
      String name = name(each.getKey(), task.projection());
      keep(spectra, key, values.found().spectrum(), name, values.found(), values.seconds());
    }
  }

  private <K, T> void keep(
      Map<K, Timed<T>> known, K key, T value, String name, Object stored, double took)
      throws CompotException {
    if (work != null) {
      work.write(name, stored, took);
    }
    known.put(key, new Timed<>(value, took));
  }

  /** Several methods may have their errors in one folder. */
  private static String name(ErrorsKey key) {
    String method = Sha256.key(key.method(), key.seed()).substring(0, 8);
    return "profile/%s.errors-%s.json".formatted(key.projection(), method);
  }

  private static String name(ProfileFact fact, String projection) {
    return "profile/" + projection + "." + fact.name().toLowerCase(Locale.ROOT) + ".json";
  }

  /** Looks for what an earlier process has kept. */
  private <K, T, S> boolean recall(
      Map<K, Timed<T>> known, K key, String name, Class<S> type, Function<S, T> read)
      throws CompotException {
    if (!known.containsKey(key) && work != null) {
      var took = work.find(name, Double.class);
      if (took.isPresent()) {
        known.put(key, new Timed<>(read.apply(work.read(name, type)), took.get()));
      }
    }
    return known.containsKey(key);
  }

  private <K, T> T found(
      Map<K, Timed<T>> known, K key, Source<T> source, String name, Function<T, Object> stored)
      throws CompotException {
    Timed<T> found = known.get(key);
    if (found == null) {
      long start = System.nanoTime();
      T value = source.get();
      double took = (System.nanoTime() - start) / 1e9;
      keep(known, key, value, name, stored.apply(value), took);
      found = new Timed<>(value, took);
    }
    seconds += found.seconds();
    return found.value();
  }

  /** Seconds that everything asked for since the last call took when it was computed. */
  public double takeSeconds() {
    double taken = seconds;
    seconds = 0;
    return taken;
  }
}
