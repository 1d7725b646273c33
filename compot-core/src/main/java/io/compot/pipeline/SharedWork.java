package io.compot.pipeline;

import io.compot.allocation.ProjectionProfile;
import io.compot.calibration.GramStore;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.journal.WorkFolder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What several compressions of one model have in common, computed once: its Gram matrices, as files
 * that outlive the process, the facts of its projections that allocations ask for, and the backward
 * pass of {@code compot+} with its options. Compressions give the same bytes with it as without.
 *
 * <p>Everything is kept under a digest of all that decides it: the files of the model and of the
 * calibration, the windows, the type computed in, and which projections are chosen. One thread uses
 * it at a time.
 */
public final class SharedWork implements AutoCloseable {

  /** One backward pass. */
  record Damage(List<ProjectionProfile> profiles, OutputMetrics metrics, double seconds) {}

  /** Makes one. */
  @FunctionalInterface
  interface DamageSource {
    List<ProjectionProfile> into(OutputMetrics metrics) throws CompotException;
  }

  private static final String GRAM = "gram-";

  private final Path folder;
  private final Map<String, ProfileCache> profiles = new HashMap<>();
  private final Map<String, Damage> damages = new HashMap<>();

  private SharedWork(Path folder) {
    this.folder = folder;
  }

  /**
   * Shared work in a folder of its own, which is made if it is not there; Gram matrices that an
   * earlier process left there are used.
   */
  public static SharedWork in(Path folder) throws FailureException {
    try {
      Files.createDirectories(folder);
      try (Stream<Path> there = Files.list(folder)) {
        for (Path each : there.filter(SharedWork::metrics).toList()) {
          deleteTree(each); // of a process that was killed
        }
      }
      return new SharedWork(folder);
    } catch (IOException e) {
      throw failed(folder, "made", e);
    }
  }

  /** Whether a file in the folder is of use to a later process. */
  public static boolean outlives(Path file) {
    return file.getFileName().toString().startsWith(GRAM);
  }

  /** A short name for everything that these facts decide. */
  static String key(Object... facts) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      for (Object fact : facts) {
        digest.update(fact.toString().getBytes(StandardCharsets.UTF_8));
        digest.update((byte) 0);
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 10);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The Gram matrices under a key, complete or not. */
  GramStore grams(String key) throws FailureException {
    return GramStore.in(folder.resolve(GRAM + key));
  }

  /** The facts under a key. */
  ProfileCache profiles(String key) {
    return profiles.computeIfAbsent(key, _ -> new ProfileCache());
  }

  /** The backward pass under a key. */
  Damage damage(String key, DamageSource source) throws CompotException {
    Damage found = damages.get(key);
    if (found == null) {
      long start = System.nanoTime();
      var metrics = new OutputMetrics(WorkFolder.temporary(folder.resolve("metrics-" + key)));
      @Nullable List<ProjectionProfile> made = null;
      try {
        made = source.into(metrics);
      } finally {
        if (made == null) {
          metrics.work().close();
        }
      }
      found = new Damage(made, metrics, (System.nanoTime() - start) / 1e9);
      damages.put(key, found);
    }
    return found;
  }

  /** Lets go of everything but the Gram matrices. */
  @Override
  public void close() throws FailureException {
    for (Damage damage : new ArrayList<>(damages.values())) {
      damage.metrics().work().close();
    }
    damages.clear();
    profiles.clear();
  }

  /** Lets go of everything, and removes the folder. */
  public void delete() throws FailureException {
    close();
    try {
      deleteTree(folder);
    } catch (IOException e) {
      throw failed(folder, "removed", e);
    }
  }

  private static boolean metrics(Path file) {
    return file.getFileName().toString().startsWith("metrics-");
  }

  private static void deleteTree(Path root) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    }
  }

  private static FailureException failed(Path folder, String what, IOException e) {
    return new FailureException(
        "%s: cannot be %s (%s); check space and permissions"
            .formatted(folder, what, e.getMessage()),
        e);
  }
}
