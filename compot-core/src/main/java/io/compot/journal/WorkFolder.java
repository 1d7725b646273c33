package io.compot.journal;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.file.Durable;
import io.compot.file.FolderLock;
import io.compot.file.Sha256;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * A folder whose work outlives its process, however that ended, and can be resumed. One process at
 * a time holds it. What is finished in it is on disk under its name before the journal says so,
 * with its SHA-256, and is looked at again before another process uses it.
 *
 * <p>Objects have names that are their paths inside the folder: {@code factors/NAME.safetensors}.
 */
public final class WorkFolder implements AutoCloseable {

  private static final String SUFFIX = ".compot-work";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /**
   * Something finished.
   *
   * @param name its path inside the folder; its file is there and on disk
   * @param data what else is to be known of it
   */
  public record Finished(String name, Object data) {}

  /**
   * Something that another process has finished.
   *
   * @param name its path inside the folder; its file is there and on disk
   * @param written what that process says of the file
   * @param data what else is to be known of it
   */
  public record Made(String name, ObjectFile.Written written, Object data) {}

  private final ObjectFolder folder;
  private final Path target;
  private final @Nullable FolderLock lock;
  private final Records records;
  private @Nullable Journal journal;
  private long nanoseconds;

  private WorkFolder(Path folder, Path target, @Nullable FolderLock lock) {
    this.folder = new ObjectFolder(folder);
    this.target = target;
    this.lock = lock;
    this.records = new Records(this.folder.journal());
  }

  /** Where the work on an output is kept: hidden, beside it. */
  public static Path beside(Path target) {
    return target.resolveSibling("." + target.getFileName() + SUFFIX);
  }

  /** Whether a folder is one of these, by its name. */
  public static boolean isOne(Path folder) {
    return folder.getFileName().toString().endsWith(SUFFIX);
  }

  /** Whether somebody has left work on an output, or is at it. */
  public static boolean left(Path target) {
    return Files.exists(beside(target).resolve(Journal.NAME));
  }

  /**
   * Takes the folder for the work on an output; nobody else can until it is closed. Nothing of what
   * lies there is touched before {@link #begin}.
   *
   * @param target absolute
   * @throws FailureException saying who is at work, where somebody is
   */
  public static WorkFolder take(Path target) throws FailureException {
    Path folder = beside(target);
    return new WorkFolder(folder, target, FolderLock.take(folder, target));
  }

  /** A folder that is gone when it is closed, and never resumed: nothing is forced to disk. */
  public static WorkFolder temporary() throws FailureException {
    try {
      Path folder = Files.createTempDirectory("compot-work-");
      return new WorkFolder(folder, folder, null);
    } catch (IOException e) {
      throw new FailureException(
          System.getProperty("java.io.tmpdir")
              + ": no folder can be created ("
              + e.getMessage()
              + "); check space and permissions, or name another with -Djava.io.tmpdir",
          e);
    }
  }

  /** The same, in a folder that is made if it is not there. */
  public static WorkFolder temporary(Path folder) throws FailureException {
    try {
      Files.createDirectories(folder);
      return new WorkFolder(folder, folder, null);
    } catch (IOException e) {
      throw new FailureException(
          folder + ": cannot be created (" + e.getMessage() + "); check space and permissions", e);
    }
  }

  /**
   * Begins the work, or resumes what an earlier process left.
   *
   * @param what the kind of work, e.g. "compress"
   * @throws UsageException where there is unfinished work of other settings, or none and some is
   *     required
   * @throws InputException where there is unfinished work on other inputs, or its journal is
   *     damaged
   */
  public void begin(String what, Fingerprint fingerprint, Resume resume) throws CompotException {
    Path file = folder.journal();
    long start = System.nanoTime();
    var header = WorkHeader.of(what, fingerprint);
    Journal.Contents contents =
        resume == Resume.NEVER ? new Journal.Contents(List.of(), 0) : Journal.read(file, advice());
    requireSame(contents.records(), header, resume);
    if (contents.records().isEmpty()) {
      folder.clear();
      journal = Journal.append(file, 0);
      journal.add(List.of(JSON.<ObjectNode>valueToTree(header)));
      Durable.syncFolder(folder.path());
    } else {
      for (JsonNode record : contents.records().subList(1, contents.records().size())) {
        records.remember(record);
      }
      journal = Journal.append(file, contents.end());
    }
    nanoseconds += System.nanoTime() - start;
  }

  /**
   * Refuses what {@link #begin} would refuse, and changes nothing.
   *
   * @throws CompotException as {@link #begin} does
   */
  public void requireResumable(String what, Fingerprint fingerprint, Resume resume)
      throws CompotException {
    if (resume != Resume.NEVER) {
      Journal.Contents contents = Journal.read(folder.journal(), advice());
      requireSame(contents.records(), WorkHeader.of(what, fingerprint), resume);
    }
  }

  private String advice() {
    return "start anew with --resume never, or delete the folder " + folder.path();
  }

  private void requireSame(List<JsonNode> found, WorkHeader header, Resume resume)
      throws CompotException {
    if (!found.isEmpty()) {
      records.read(WorkHeader.class, found.getFirst()).requireSame(target, header);
    } else if (resume == Resume.REQUIRED) {
      throw new UsageException(
          target + ": there is no unfinished work to resume; leave --resume required out to begin");
    }
  }

  /** The output that the work is on. */
  public Path target() {
    return target;
  }

  /** Whether it goes when it is closed, and nothing is ever found in it. */
  public boolean isTemporary() {
    return lock == null;
  }

  /** The folder. */
  public Path path() {
    return folder.path();
  }

  /** Where an object's file lies, or will; the folder for it is made. */
  public Path file(String name) throws FailureException {
    return folder.file(name);
  }

  /** Begins a file that {@link #finish(ObjectFile, String, Object)} will record. */
  public ObjectFile create(String name) throws FailureException {
    return ObjectFile.create(file(name), lock != null);
  }

  /** Writes and records a small object. */
  public void write(String name, Object content, Object data) throws FailureException {
    try (ObjectFile file = create(name)) {
      file.write(ByteBuffer.wrap(JSON.writeValueAsBytes(content)));
      finish(file, name, data);
    }
  }

  /** What {@link #write} wrote. */
  public <T> T read(String name, Class<T> type) throws CompotException {
    Path file = file(name);
    try {
      return JSON.readValue(Files.readString(file, StandardCharsets.UTF_8), type);
    } catch (IOException | JacksonException e) {
      throw new FailureException(file + ": cannot be read back; run again", e);
    }
  }

  /** Records files that are whole and on disk already, all at once. */
  public void finish(List<Finished> objects) throws FailureException {
    long start = System.nanoTime();
    List<ObjectNode> lines = new ArrayList<>();
    for (Finished object : objects) {
      Path file = file(object.name());
      try {
        String digest = lock == null ? "" : Sha256.of(file);
        lines.add(records.add(object.name(), digest, Files.size(file), object.data()));
      } catch (IOException e) {
        throw new FailureException(
            file + ": cannot be read back (" + e.getMessage() + "); check the disk", e);
      }
    }
    add(lines);
    nanoseconds += System.nanoTime() - start;
  }

  /** Records files that other processes have made, all at once. */
  public void made(List<Made> objects) throws FailureException {
    long start = System.nanoTime();
    List<ObjectNode> lines = new ArrayList<>();
    for (Made object : objects) {
      var written = object.written();
      lines.add(records.add(object.name(), written.sha256(), written.bytes(), object.data()));
    }
    add(lines);
    nanoseconds += System.nanoTime() - start;
  }

  /** Brings a file to disk, under its name and into the journal. */
  public void finish(ObjectFile object, String name, Object data) throws FailureException {
    object.finish();
    long start = System.nanoTime();
    try {
      long bytes = Files.size(object.file());
      add(List.of(records.add(name, object.sha256(), bytes, data)));
    } catch (IOException e) {
      throw new FailureException(object.file() + ": cannot be read back; check the disk", e);
    }
    nanoseconds += object.nanoseconds() + System.nanoTime() - start;
  }

  /** Records a fact that has no file. */
  public void note(String name, Object data) throws FailureException {
    long start = System.nanoTime();
    add(List.of(records.add(name, null, 0, data)));
    nanoseconds += System.nanoTime() - start;
  }

  private void add(List<ObjectNode> lines) throws FailureException {
    if (lock == null) {
      return;
    }
    if (journal == null) {
      throw new IllegalStateException("the work has not begun");
    }
    // A name that a power cut takes back is missing later, and its object is made again.
    journal.add(lines);
  }

  /**
   * What an earlier process recorded of an object, if its file still is what it was; otherwise the
   * object counts as not finished.
   */
  public <T> Optional<T> find(String name, Class<T> type) throws CompotException {
    long start = System.nanoTime();
    if (records.hasFile(name) && !records.unchanged(name, file(name), lock != null)) {
      records.forget(name);
    }
    nanoseconds += System.nanoTime() - start;
    return records.data(name, type);
  }

  /** Names of objects that were found to be other than they were recorded, and do not count. */
  public List<String> damaged() {
    return records.damaged();
  }

  /** Bytes of all that lies here. */
  public long bytes() {
    return bytes("");
  }

  /** Bytes of the objects under a name, finished or not. */
  public long bytes(String name) {
    return folder.bytes(name);
  }

  /**
   * Seconds that keeping the work safe took: writing states, digests, journal, waiting for disk.
   */
  public double seconds() {
    return nanoseconds / 1e9;
  }

  /** Throws everything away: the work is done. */
  public void delete() throws FailureException {
    try {
      if (lock == null) {
        Durable.deleteTree(path(), null);
        return;
      }
      // The journal goes last: until then another process can still tell what this one has done.
      folder.removeObjects();
      closeJournal();
      Files.deleteIfExists(folder.journal());
      lock.remove();
      Files.deleteIfExists(path());
    } catch (DirectoryNotEmptyException e) {
      // Another process waits for the lock already.
    } catch (IOException e) {
      throw new FailureException(
          path() + ": cannot be removed (" + e.getMessage() + "); delete it by hand", e);
    }
  }

  private void closeJournal() {
    if (journal != null) {
      journal.close();
      journal = null;
    }
  }

  /** Lets the folder go. What was recorded stays; where nothing was, the folder goes too. */
  @Override
  public void close() throws FailureException {
    try {
      if (lock == null || (Files.exists(path()) && records.isEmpty() && !othersLeft())) {
        delete();
      }
    } finally {
      closeJournal();
      if (lock != null) {
        lock.close();
      }
    }
  }

  /** Whether there is an earlier process's work that was never begun with. */
  private boolean othersLeft() {
    return journal == null && Files.exists(folder.journal());
  }
}
