package io.compot.pipeline.pass;

import io.compot.allocation.ProjectionProfile;
import io.compot.calibration.GramStore;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.file.Durable;
import io.compot.journal.Fingerprint;
import io.compot.journal.Resume;
import io.compot.journal.WorkFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What several compressions of one model have in common, computed once: its Gram matrices, the
 * facts of its projections that allocations ask for, and the backward pass of {@code compot+} with
 * its options. Compressions give the same bytes with it as without.
 *
 * <p>Everything is kept in work folders, under a digest of all that decides it: the files of the
 * model and of the calibration, the windows, the type computed in, which projections are chosen,
 * versions and threads. So another process resumes it. One thread uses it at a time.
 */
public final class SharedWork implements AutoCloseable {

  /** One backward pass. */
  public record Damage(List<ProjectionProfile> profiles, OutputMetrics metrics, double seconds) {}

  /** Makes one. */
  @FunctionalInterface
  public interface DamageSource {
    List<ProjectionProfile> into(OutputMetrics metrics) throws CompotException;
  }

  private static final String SECONDS = "seconds";

  private final Path folder;
  private final Map<String, WorkFolder> works = new HashMap<>();
  private final Map<String, GramStore> grams = new HashMap<>();
  private final Map<String, ProfileCache> profiles = new HashMap<>();
  private final Map<String, Damage> damages = new HashMap<>();

  private SharedWork(Path folder) {
    this.folder = folder;
  }

  /**
   * Shared work in a folder of its own, which is made if it is not there; what an earlier process
   * left there is used.
   */
  public static SharedWork in(Path folder) throws FailureException {
    try {
      Files.createDirectories(folder);
      return new SharedWork(folder);
    } catch (IOException e) {
      throw failed(folder, "made", e);
    }
  }

  /** Work under a key, of this process or an earlier one. */
  private WorkFolder work(String key) throws CompotException {
    WorkFolder work = works.get(key);
    if (work == null) {
      work = WorkFolder.take(folder.resolve(key).toAbsolutePath().normalize());
      works.put(key, work);
      work.begin("shared work", new Fingerprint(Map.of(), Map.of("key", key)), Resume.AUTO);
    }
    return work;
  }

  /** The Gram matrices under a key, all of them or some. */
  public GramStore grams(String key) throws CompotException {
    GramStore store = grams.get(key);
    if (store == null) {
      store = new GramStore(work(key));
      grams.put(key, store);
    }
    return store;
  }

  /** The facts under a key. */
  public ProfileCache profiles(String key) throws CompotException {
    ProfileCache cache = profiles.get(key);
    if (cache == null) {
      cache = new ProfileCache(work(key));
      profiles.put(key, cache);
    }
    return cache;
  }

  /** The backward pass under a key. */
  public Damage damage(String key, DamageSource source) throws CompotException {
    Damage found = damages.get(key);
    if (found == null) {
      WorkFolder work = work(key);
      var metrics = new OutputMetrics(work);
      long start = System.nanoTime();
      var made = source.into(metrics);
      var before = work.find(SECONDS, Double.class);
      double seconds = before.orElse((System.nanoTime() - start) / 1e9);
      if (before.isEmpty()) {
        work.note(SECONDS, seconds);
      }
      found = new Damage(made, metrics, seconds);
      damages.put(key, found);
    }
    return found;
  }

  /** Lets go of everything; it stays for another process. */
  @Override
  public void close() throws FailureException {
    damages.clear();
    profiles.clear();
    grams.clear();
    for (WorkFolder work : new ArrayList<>(works.values())) {
      work.close();
    }
    works.clear();
  }

  /** Lets go of everything, and removes the folder. */
  public void delete() throws FailureException {
    close();
    try {
      Durable.deleteTree(folder, null);
    } catch (IOException e) {
      throw failed(folder, "removed", e);
    }
  }

  private static FailureException failed(Path folder, String what, IOException e) {
    return new FailureException(
        "%s: cannot be %s (%s); check space and permissions"
            .formatted(folder, what, e.getMessage()),
        e);
  }
}
