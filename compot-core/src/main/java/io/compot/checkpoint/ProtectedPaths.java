package io.compot.checkpoint;

import io.compot.error.UsageException;
import io.compot.journal.WorkFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an output must leave alone: the model that is read, its texts, the user's home folder, and
 * everybody's work folders. Places are compared as the system sees them, behind all links.
 *
 * @param entries what was named so far
 */
public record ProtectedPaths(List<Entry> entries) {

  /**
   * One of them.
   *
   * @param path behind all links
   * @param what it is, for the message
   * @param closed whether an output may not lie inside it either
   */
  public record Entry(Path path, String what, boolean closed) {}

  public ProtectedPaths {
    entries = List.copyOf(entries);
  }

  /** A model's folder, and where its files lie if they are links; and the home folder. */
  public static ProtectedPaths of(Path model) {
    List<Entry> entries = new ArrayList<>();
    entries.add(new Entry(real(model), "the model " + model, true));
    try (Stream<Path> files = Files.list(model)) {
      for (Path file : files.filter(Files::isSymbolicLink).toList()) {
        entries.add(new Entry(real(file), "a file of the model " + model, true));
      }
    } catch (IOException e) {
      // What is no folder that can be read is refused by those who open it.
    }
    String home = System.getProperty("user.home", "");
    if (!home.isBlank()) {
      entries.add(new Entry(real(Path.of(home)), "the home folder", false));
    }
    return new ProtectedPaths(entries);
  }

  /** These and a file, or some. */
  public ProtectedPaths and(String what, List<Path> files) {
    List<Entry> all = new ArrayList<>(entries);
    files.forEach(file -> all.add(new Entry(real(file), what + " " + file, true)));
    return new ProtectedPaths(all);
  }

  /** These and those. */
  public ProtectedPaths and(ProtectedPaths others) {
    return new ProtectedPaths(Stream.concat(entries.stream(), others.entries.stream()).toList());
  }

  /**
   * Refuses a folder that is, holds or lies in one of these, or whose work folder would hold one.
   *
   * @throws UsageException naming which
   */
  public void requireApart(Path output) throws UsageException {
    Path place = OutputFolder.place(output);
    for (Path seen : List.of(real(output), real(place), real(parent(place)).resolve(name(place)))) {
      for (Entry entry : entries) {
        Optional<String> relation = relation(seen, entry);
        if (relation.isPresent()) {
          throw refuse(output, relation.get());
        }
      }
      for (Path at = seen; at != null && at.getFileName() != null; at = at.getParent()) {
        if (WorkFolder.isOne(at)) {
          throw refuse(output, "lies in the work folder " + at);
        }
      }
    }
    Path work = real(WorkFolder.beside(place));
    for (Entry entry : entries) {
      if (inside(entry.path(), work)) {
        throw refuse(output, "has a work folder (%s) that holds %s".formatted(work, entry.what()));
      }
    }
  }

  /**
   * Refuses a file, one that may be replaced, that is one of these or a part of the model.
   *
   * @throws UsageException naming which
   */
  public void requireOther(Path output) throws UsageException {
    Path seen = real(output);
    for (Entry entry : entries) {
      boolean part =
          inside(seen, entry.path())
              && Files.exists(seen)
              && SideFiles.isPart(name(seen).toString());
      if (same(seen, entry.path()) || (entry.closed() && part)) {
        throw new UsageException(
            "%s: is %s%s, which would be lost; name another file"
                .formatted(output, part ? "part of " : "", entry.what()));
      }
    }
  }

  private static Optional<String> relation(Path output, Entry entry) {
    if (same(output, entry.path())) {
      return Optional.of("is " + entry.what());
    }
    if (inside(entry.path(), output)) {
      return Optional.of("holds " + entry.what());
    }
    return entry.closed() && inside(output, entry.path())
        ? Optional.of("lies in " + entry.what())
        : Optional.empty();
  }

  private static UsageException refuse(Path output, String relation) {
    return new UsageException(
        "%s: the output %s; name a folder apart from it".formatted(output, relation));
  }

  /** Whether one is the other or somewhere in it. */
  private static boolean inside(Path inner, Path outer) {
    for (Path at = inner; at != null; at = at.getParent()) {
      if (same(at, outer)) {
        return true;
      }
    }
    return false;
  }

  private static boolean same(Path one, Path other) {
    try {
      return one.equals(other)
          || (Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other));
    } catch (IOException e) {
      return false;
    }
  }

  /** Behind all links, as far as there is something; the rest as it is written. */
  private static Path real(Path path) {
    @Nullable Path at = path.toAbsolutePath();
    Path rest = Path.of("");
    while (at != null) {
      try {
        return at.toRealPath().resolve(rest).normalize();
      } catch (IOException e) {
        rest = at.getFileName() == null ? rest : at.getFileName().resolve(rest);
        at = at.getParent();
      }
    }
    return path.toAbsolutePath().normalize();
  }

  private static Path parent(Path place) {
    Path parent = place.getParent();
    return parent == null ? place : parent;
  }

  private static Path name(Path place) {
    Path name = place.getFileName();
    return name == null ? place : name;
  }
}
