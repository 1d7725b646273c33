package io.compot.journal;

import io.compot.error.FailureException;
import io.compot.file.Durable;
import io.compot.file.FolderLock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The files of a work folder: those of objects lie under their names, which are paths in it.
 *
 * @param path of the folder
 */
record ObjectFolder(Path path) {

  /** Where an object's file lies, or will; the folder for it is made. */
  Path file(String name) throws FailureException {
    Path file = path.resolve(name).normalize();
    if (!file.startsWith(path) || file.equals(path)) {
      throw new IllegalArgumentException(name + " lies outside of the work folder");
    }
    try {
      Files.createDirectories(file.getParent());
      return file;
    } catch (IOException e) {
      throw new FailureException(
          file + ": its folder cannot be created (" + e.getMessage() + "); check space", e);
    }
  }

  Path journal() {
    return path.resolve(Journal.NAME);
  }

  /** Bytes of all files under a name. */
  long bytes(String name) {
    try (Stream<Path> files = Files.walk(path.resolve(name))) {
      return files.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      return 0;
    }
  }

  /** Removes everything but the lock: work begins anew. */
  void clear() throws FailureException {
    try {
      Durable.deleteTree(path, path.resolve(FolderLock.NAME));
    } catch (IOException e) {
      throw new FailureException(
          path + ": cannot be cleared (" + e.getMessage() + "); check permissions", e);
    }
  }

  /** Removes everything but lock and journal. */
  void removeObjects() throws IOException {
    try (Stream<Path> all = Files.list(path)) {
      for (Path each : all.toList()) {
        String name = each.getFileName().toString();
        if (!name.equals(Journal.NAME) && !name.equals(FolderLock.NAME)) {
          Durable.deleteTree(each, null);
        }
      }
    }
  }
}
