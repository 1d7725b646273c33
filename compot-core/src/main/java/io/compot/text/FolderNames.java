package io.compot.text;

import io.compot.error.InputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What lies in a folder. */
public final class FolderNames {

  private FolderNames() {}

  /** The names of its entries, sorted. */
  public static List<String> of(Path folder) throws InputException {
    try (Stream<Path> entries = Files.list(folder)) {
      return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw InputException.unreadable(folder, e);
    }
  }
}
