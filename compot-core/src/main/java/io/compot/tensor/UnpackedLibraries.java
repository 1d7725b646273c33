package io.compot.tensor;

import io.compot.error.FailureException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The folder that the native libraries are unpacked into, once for all later processes: that of the
 * environment variable {@value #VARIABLE} or the system property {@value #PROPERTY}, or else one of
 * the home folder, or else one of the folder for temporary files.
 *
 * @param folder that holds the libraries
 * @param chosen whether it was named, and is not one of the libraries' own habits
 */
record UnpackedLibraries(Path folder, boolean chosen) {

  static final String VARIABLE = "COMPOT_NATIVE_CACHE";
  static final String PROPERTY = "compot.native.cache";

  private static final String JAVACPP = "org.bytedeco.javacpp.cachedir";

  /** Measured: 445 MB of libtorch and OpenBLAS, 15 MB of the tokenizer library. */
  private static final long BYTES = 480_000_000;

  private static final Path MOUNTS = Path.of("/proc/self/mountinfo");

  /**
   * The first folder that will do.
   *
   * @throws FailureException saying of each why it will not
   */
  static UnpackedLibraries choose() throws FailureException {
    List<String> refused = new ArrayList<>();
    for (UnpackedLibraries each : candidates()) {
      @Nullable String obstacle = obstacle(each.folder, BYTES);
      if (obstacle == null) {
        return each;
      }
      refused.add(each.folder + " " + obstacle);
    }
    throw new FailureException(
        "the native libraries (about %d MB) find no place to be unpacked: %s; %s"
            .formatted(BYTES / 1_000_000, String.join(", ", refused), advice()));
  }

  private static List<UnpackedLibraries> candidates() {
    String named = System.getProperty(PROPERTY, System.getenv().getOrDefault(VARIABLE, ""));
    if (!named.isBlank()) {
      return List.of(new UnpackedLibraries(Path.of(named).toAbsolutePath(), true));
    }
    @Nullable String itsOwn = System.getProperty(JAVACPP);
    if (itsOwn != null) {
      return List.of(new UnpackedLibraries(Path.of(itsOwn), false));
    }
    List<UnpackedLibraries> all = new ArrayList<>();
    Path home = Path.of(System.getProperty("user.home", "?"));
    // Without a home folder the JVM says "?", or the root of the file system.
    if (home.isAbsolute() && home.getNameCount() > 0) {
      all.add(new UnpackedLibraries(home.resolve(".javacpp").resolve("cache"), false));
    }
    Path temporary = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
    String user = System.getProperty("user.name", "user").replaceAll("[^\\w.-]", "_");
    all.add(new UnpackedLibraries(temporary.resolve("compot-native-" + user), true));
    return all;
  }

  /** Has everything native unpacked here from now on. */
  void use() {
    if (chosen) {
      NativeLibraries.setUnlessSet(JAVACPP, folder.toString());
      NativeLibraries.setUnlessSet("ENGINE_CACHE_DIR", folder.toString());
      // Of the Parquet reader's codecs, which would go into the folder for temporary files.
      NativeLibraries.setUnlessSet("ZstdTempFolder", folder.toString());
      NativeLibraries.setUnlessSet("org.xerial.snappy.tempdir", folder.toString());
      // Of the library that the tokenizer library looks for graphics cards with.
      NativeLibraries.setUnlessSet("jna.tmpdir", folder.toString());
    }
  }

  /** What to say of libraries that are there and cannot be loaded. */
  FailureException failed(LinkageError failed) {
    return new FailureException(
        "the native libraries cannot be loaded from %s (%s); %s"
            .formatted(
                folder,
                String.valueOf(failed.getMessage()).lines().findFirst().orElse("no details"),
                advice()),
        failed);
  }

  private static String advice() {
    return "name a folder with room from which programs may run in %s, or in Java in -D%s"
        .formatted(VARIABLE, PROPERTY);
  }

  /**
   * Why libraries cannot be unpacked here and run; null where they can.
   *
   * @param bytes that are needed where nothing is unpacked yet
   */
  static @Nullable String obstacle(Path folder, long bytes) {
    try {
      Files.createDirectories(folder);
      Path probe = folder.resolve(".probe-" + UUID.randomUUID());
      Files.createFile(probe);
      Files.delete(probe);
      if (mountedWithout("exec", folder)) {
        return "is mounted noexec, programs may not run from there";
      }
      long room = Files.getFileStore(folder).getUsableSpace();
      return room >= bytes || unpacked(folder)
          ? null
          : "has room for %d MB".formatted(room / 1_000_000);
    } catch (IOException | SecurityException refused) {
      return "cannot be written (%s)".formatted(reason(refused));
    }
  }

  /** Whether an earlier process has left the largest of the libraries here, whole. */
  private static boolean unpacked(Path folder) throws IOException {
    try (var files = Files.find(folder, 10, (file, facts) -> facts.isRegularFile())) {
      return files.anyMatch(file -> file.getFileName().toString().startsWith("libtorch_cpu."));
    }
  }

  private static String reason(Exception refused) {
    if (refused instanceof AccessDeniedException) {
      return "permission denied";
    }
    String message = String.valueOf(refused.getMessage());
    int colon = message.lastIndexOf(": ");
    return colon < 0
        ? refused.getClass().getSimpleName()
        : message.substring(colon + 2).toLowerCase(Locale.ROOT);
  }

  /** Whether the file system that a folder is on forbids something; false where nothing tells. */
  private static boolean mountedWithout(String right, Path folder) throws IOException {
    if (!Files.isReadable(MOUNTS)) {
      return false;
    }
    Path real = folder.toRealPath();
    Optional<String[]> mount = Optional.empty();
    int deepest = -1;
    // Fields: id, parent, device, root, mount point, options, ...; a later mount covers an earlier.
    for (String line : Files.readAllLines(MOUNTS, StandardCharsets.UTF_8)) {
      String[] fields = line.split(" ", 7);
      Path point = Path.of(fields[4].replace("\\040", " "));
      if (real.startsWith(point) && point.getNameCount() >= deepest) {
        deepest = point.getNameCount();
        mount = Optional.of(fields);
      }
    }
    return mount.map(fields -> List.of(fields[5].split(",")).contains("no" + right)).orElse(false);
  }
}
