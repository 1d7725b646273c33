package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.junit.jupiter.api.Test;

/** What {@code mvn package} leaves in target/compot. */
class DistributionIT {

  private static final Path DISTRIBUTION = Path.of("target", "compot");

  private static List<String> jars() throws IOException {
    try (Stream<Path> files = Files.list(DISTRIBUTION.resolve("lib"))) {
      return files.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }

  @Test
  void nativesOfThisPlatformOnlyAndNothingTwice() throws Exception {
    List<String> jars = jars();
    assertThat(jars.stream().filter(jar -> jar.matches(".*-(linux|macosx|windows|android|ios)-.*")))
        .hasSize(3)
        .allMatch(jar -> jar.endsWith("-" + Loader.getPlatform() + ".jar"));
    assertThat(jars.stream().map(jar -> jar.replaceFirst("-\\d[\\d.-]*(-SNAPSHOT)?(?=[.-])", "")))
        .doesNotHaveDuplicates();
    assertThat(jars).noneMatch(jar -> jar.contains("junit") || jar.contains("assertj"));
  }

  @Test
  void itIsNotLargerThanWhatItNeeds() throws Exception {
    long bytes = 0;
    for (String jar : jars()) {
      bytes += Files.size(DISTRIBUTION.resolve("lib").resolve(jar));
    }
    // libtorch and OpenBLAS are 110 MB; the tokenizer, Parquet and WebP libraries carry all
    // platforms' natives, 30 MB.
    assertThat(bytes).isLessThan(178_000_000);
  }

  @Test
  void theManifestNamesVersionAndEveryLibrary() throws Exception {
    try (var jar = new JarFile(DISTRIBUTION.resolve("lib").resolve("compot-cli.jar").toFile())) {
      Attributes manifest = jar.getManifest().getMainAttributes();
      assertThat(manifest.getValue(Attributes.Name.IMPLEMENTATION_VERSION)).isNotBlank();
      List<String> classPath =
          List.of(manifest.getValue(Attributes.Name.CLASS_PATH).strip().split("\\s+"));
      assertThat(jars()).containsAll(classPath);
    }
  }

  @Test
  void licenceAndDemoComeAlong() {
    assertThat(DISTRIBUTION.resolve("LICENSE")).isRegularFile();
    assertThat(DISTRIBUTION.resolve("bin").resolve("compot")).isExecutable();
    assertThat(DISTRIBUTION.resolve("demo").resolve("README.md")).isRegularFile();
    assertThat(DISTRIBUTION.resolve("demo").resolve("model").resolve("model.safetensors"))
        .isRegularFile();
  }

  @Test
  void shellsHearOfTheCommands() {
    Path share = DISTRIBUTION.resolve("share");
    assertThat(share.resolve("completions").resolve("compot.bash")).isNotEmptyFile();
    assertThat(share.resolve("completions").resolve("compot.fish")).isNotEmptyFile();
    assertThat(share.resolve("man").resolve("man1").resolve("compot.1")).isNotEmptyFile();
  }

  /** Applications have another version of it, or of its annotations, and a path has only one. */
  @Test
  void noJsonLibraryLiesOnThePath() throws Exception {
    assertThat(jars()).noneMatch(jar -> jar.startsWith("jackson") || jar.startsWith("snakeyaml"));
    Path core =
        DISTRIBUTION
            .resolve("lib")
            .resolve(
                jars().stream()
                    .filter(jar -> jar.startsWith("compot-core"))
                    .findFirst()
                    .orElseThrow());
    try (var jar = new JarFile(core.toFile())) {
      assertThat(jar.stream().map(JarEntry::getName))
          .noneMatch(name -> name.startsWith("tools/") || name.startsWith("com/"))
          .anyMatch(name -> name.startsWith("io/compot/shaded/jackson/"));
    }
  }
}
