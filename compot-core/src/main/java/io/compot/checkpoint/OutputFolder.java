package io.compot.checkpoint;

import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.file.Durable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.UUID;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * A folder that appears whole or not at all. It is built in a hidden folder beside its place and
 * renamed in {@link #commit()}, after everything is on disk. Closed without that, or when the
 * program is stopped, it leaves nothing behind.
 */
public final class OutputFolder implements AutoCloseable {

  /** Room for a report's page with its chart library, the model card, a recipe. */
  private static final long PAGE = 2L << 20;

  /** A projection's part of reports, configuration, journal and headers; 3 kB were measured. */
  private static final long PER_PROJECTION = 16L << 10;

  private final Path target;
  private final Path building;
  private final Path old;
  private final @Nullable Thread cleanUp;
  private boolean done;

  private OutputFolder(Path target, Path building, Path old, boolean temporary) {
    this.target = target;
    this.building = building;
    this.old = old;
    this.cleanUp =
        temporary ? new Thread(() -> deleteQuietly(building), "remove unfinished output") : null;
  }

  /**
   * Begins the folder.
   *
   * @param replace whether an existing checkpoint may be replaced, at the end
   * @throws UsageException where the place is taken: without {@code replace}, by a file, or by a
   *     folder that is no checkpoint and so is never deleted
   * @throws FailureException where nothing can be written there
   */
  public static OutputFolder create(Path target, boolean replace)
      throws UsageException, FailureException {
    Path place = place(target);
    checkPlace(target, place, replace);
    Path building =
        place.resolveSibling("." + place.getFileName() + ".building-" + UUID.randomUUID());
    Path old = place.resolveSibling("." + place.getFileName() + ".old-" + UUID.randomUUID());
    try {
      Files.createDirectories(building);
    } catch (IOException e) {
      throw failed(target, "cannot be created", e);
    }
    var output = new OutputFolder(place, building, old, true);
    Runtime.getRuntime().addShutdownHook(output.cleanUp);
    return output;
  }

  /**
   * Begins the folder inside another that outlives a failure and is on the same disk: what is there
   * of an earlier attempt goes, and nothing is removed when this attempt fails.
   *
   * @param work the folder to build in
   * @throws UsageException as {@link #create} does
   */
  public static OutputFolder within(Path work, Path target, boolean replace)
      throws UsageException, FailureException {
    Path place = place(target);
    checkPlace(target, place, replace);
    Path building = work.resolve("output");
    deleteQuietly(building);
    try {
      Files.createDirectories(building);
    } catch (IOException e) {
      throw failed(target, "cannot be created", e);
    }
    return new OutputFolder(place, building, work.resolve("replaced"), false);
  }

  /**
   * Puts an output back that an earlier attempt {@link #within} the same folder had taken away and
   * did not live to replace.
   */
  public static void restore(Path work, Path target) throws FailureException {
    Path old = work.resolve("replaced");
    if (Files.exists(old) && !Files.exists(target, LinkOption.NOFOLLOW_LINKS)) {
      try {
        Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        throw failed(target, "cannot be put back from " + old, e);
      }
    }
  }

  /**
   * Where a target lies, whatever the working folder.
   *
   * @throws UsageException where it cannot be an output folder
   */
  public static Path place(Path target) throws UsageException {
    Path place = target.toAbsolutePath().normalize();
    if (place.getParent() == null || place.getFileName() == null) {
      throw new UsageException(target + ": cannot be an output folder; name a new folder");
    }
    return place;
  }

  /**
   * Refuses a place that is taken.
   *
   * @throws UsageException as {@link #create} does
   */
  public static void requireFree(Path target, boolean replace) throws UsageException {
    checkPlace(target, place(target), replace);
  }

  /** The folder to write into. */
  public Path path() {
    return building;
  }

  /**
   * Copies files into the folder, bit for bit, under the paths they have in theirs. Their contents
   * alone: a copy can be written by its owner even where the source cannot.
   */
  public void copy(SideFiles files) throws FailureException {
    for (Path file : files.kept()) {
      Path source = files.folder().resolve(file);
      Path copy = building.resolve(file.toString());
      try (InputStream in = Files.newInputStream(source)) {
        Files.createDirectories(copy.resolveSibling(""));
        Files.copy(in, copy);
      } catch (IOException e) {
        throw failed(target, "cannot take a copy of " + source, e);
      }
    }
  }

  /** Writes a small file into the folder. */
  public void write(String name, byte[] content) throws FailureException {
    try {
      Files.write(building.resolve(name), content);
    } catch (IOException e) {
      throw failed(target, name + " cannot be written", e);
    }
  }

  /**
   * Checks that the disk has room.
   *
   * @throws FailureException saying how much is needed and how much there is
   */
  public void requireSpace(long bytes) throws FailureException {
    requireSpace(building, target, bytes);
  }

  /**
   * Checks that the disk has room.
   *
   * @param folder on that disk
   * @param target for the error
   * @throws FailureException saying how much is needed and how much there is
   */
  public static void requireSpace(Path folder, Path target, long bytes) throws FailureException {
    long usable = usableSpace(folder, target);
    if (usable < bytes) {
      throw new FailureException(
          "%s: the work on it takes %,d bytes, but the disk has %,d left; free some or write elsewhere"
              .formatted(target, bytes, usable));
    }
  }

  /**
   * The room that is taken beside the weights by what tells of them and what comes along.
   *
   * @param sideFiles copied from the source
   */
  public static long smallFiles(SideFiles sideFiles, int projections) throws InputException {
    return PAGE + PER_PROJECTION * projections + sideFiles.bytes();
  }

  /**
   * Bytes that the disk of a folder has left.
   *
   * @param target for the error
   */
  public static long usableSpace(Path folder, Path target) throws FailureException {
    try {
      return Files.getFileStore(folder).getUsableSpace();
    } catch (IOException e) {
      throw failed(target, "the free space is unknown", e);
    }
  }

  /** Brings everything to disk and puts the folder in its place. */
  public void commit() throws FailureException {
    try {
      syncTree(building);
      boolean replaces = Files.exists(target, LinkOption.NOFOLLOW_LINKS);
      if (replaces) {
        deleteQuietly(old);
        Files.move(target, old, StandardCopyOption.ATOMIC_MOVE);
      }
      try {
        Files.move(building, target, StandardCopyOption.ATOMIC_MOVE);
      } catch (IOException e) {
        if (replaces) {
          Files.move(old, target, StandardCopyOption.ATOMIC_MOVE);
        }
        throw e;
      }
      done = true;
      Path parent = target.getParent();
      if (parent != null) {
        Durable.syncFolder(parent);
      }
      if (replaces) {
        deleteQuietly(old);
      }
    } catch (IOException e) {
      throw failed(target, "cannot be put in its place", e);
    }
  }

  /** Removes what was built, unless it was committed. */
  @Override
  public void close() {
    if (cleanUp == null) {
      return;
    }
    if (!done) {
      deleteQuietly(building);
    }
    try {
      Runtime.getRuntime().removeShutdownHook(cleanUp);
    } catch (IllegalStateException e) {
      // The program is being stopped: the hook runs.
    }
  }

  private static void checkPlace(Path target, Path place, boolean replace) throws UsageException {
    if (!Files.exists(place, LinkOption.NOFOLLOW_LINKS) || isEmpty(place)) {
      return;
    }
    if (!Files.isDirectory(place)) {
      throw new UsageException(target + ": there is a file of this name; name a new folder");
    }
    if (!replace) {
      throw new UsageException(
          target
              + ": the folder exists and is not empty; name a new one, or allow to replace it (--force)");
    }
    if (!Files.exists(place.resolve("config.json"))) {
      throw new UsageException(
          target
              + ": the folder is no checkpoint (no config.json) and will not be deleted;"
              + " name a new folder");
    }
  }

  private static boolean isEmpty(Path folder) {
    if (!Files.isDirectory(folder)) {
      return false;
    }
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.findAny().isEmpty();
    } catch (IOException e) {
      return false;
    }
  }

  private static void syncTree(Path root) throws IOException {
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            try (var channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
              channel.force(true);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException e)
              throws IOException {
            if (e != null) {
              throw e;
            }
            Durable.syncFolder(folder);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private static void deleteQuietly(Path root) {
    try {
      Durable.deleteTree(root, null);
    } catch (IOException e) {
      LoggerFactory.getLogger(OutputFolder.class).warn("left behind, delete it by hand: {}", root);
    }
  }

  private static FailureException failed(Path target, String problem, IOException e) {
    return new FailureException(
        target + ": " + problem + " (" + e + "); check space and permissions", e);
  }
}
