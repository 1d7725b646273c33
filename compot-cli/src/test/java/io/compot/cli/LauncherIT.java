package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.testing.SharedData;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The packaged program as a user starts it: from anywhere, by any path, without JVM warnings. */
@DisabledOnOs(OS.WINDOWS)
class LauncherIT {

  private static final Path DISTRIBUTION = Path.of("target", "compot").toAbsolutePath();
  private static final Path LAUNCHER = DISTRIBUTION.resolve("bin").resolve("compot");

  @TempDir private Path folder;

  private Ran run(Path program, String... arguments) throws Exception {
    return run(Map.of(), program, arguments);
  }

  private Ran run(Map<String, String> environment, Path program, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(program.toString()));
    command.addAll(List.of(arguments));
    File out = Files.createTempFile("out", null).toFile();
    File err = Files.createTempFile("err", null).toFile();
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out)
            .redirectError(err);
    builder.environment().putAll(environment);
    Process process = builder.start();
    boolean ended = process.waitFor(2, TimeUnit.MINUTES);
    process.destroyForcibly();
    assertThat(ended).as("%s ended", command).isTrue();
    var ran =
        new Ran(
            process.exitValue(),
            Files.readString(out.toPath(), StandardCharsets.UTF_8),
            Files.readString(err.toPath(), StandardCharsets.UTF_8));
    assertThat(out.delete() && err.delete()).isTrue();
    return ran;
  }

  private static void assertVersion(Ran ran) {
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).startsWith("compot ");
    assertThat(ran.err()).isEmpty();
  }

  @Test
  void startsFromAnotherFolder() throws Exception {
    assertVersion(run(LAUNCHER, "--version"));
  }

  @Test
  void startsThroughSymbolicLinks() throws Exception {
    Path first = Files.createSymbolicLink(folder.resolve("first"), LAUNCHER);
    assertVersion(run(first, "--version"));
    Files.createDirectory(folder.resolve("in"));
    Path second =
        Files.createSymbolicLink(folder.resolve("in").resolve("second"), Path.of("..", "first"));
    assertVersion(run(second, "--version"));
  }

  @Test
  void startsFromAPathWithSpaces() throws Exception {
    assertVersion(run(copy("a folder with spaces", ""), "--version"));
  }

  @Test
  void withoutAJdkItSaysWhatToInstall() throws Exception {
    Ran ran = run(copy("old", "jdk_wanted=25"), "--version");
    assertThat(ran.code()).isEqualTo(1);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.errLines()).hasSize(1);
    assertThat(ran.err()).startsWith("compot: needs JDK 999 or newer").contains("apt install");
  }

  /** A distribution elsewhere; asks for a JDK that does not exist where {@code wanted} is given. */
  private Path copy(String name, String wanted) throws Exception {
    Path bin = Files.createDirectories(folder.resolve(name).resolve("bin"));
    String script = Files.readString(LAUNCHER);
    if (!wanted.isEmpty()) {
      assertThat(script).contains(wanted);
      script = script.replace(wanted, "jdk_wanted=999");
    }
    Path copy = Files.writeString(bin.resolve("compot"), script);
    assertThat(copy.toFile().setExecutable(true)).isTrue();
    Files.createSymbolicLink(bin.resolveSibling("lib"), DISTRIBUTION.resolve("lib"));
    return copy;
  }

  @Test
  void passesArgumentsAndExitCodesOn() throws Exception {
    Ran usage = run(LAUNCHER, "compress");
    assertThat(usage.code()).isEqualTo(2);
    assertThat(usage.errLines()).hasSize(2);

    Ran missing = run(LAUNCHER, "inspect", "no such folder, ü");
    assertThat(missing.code()).isEqualTo(3);
    assertThat(missing.errLines()).hasSize(1);
    assertThat(missing.err()).contains("no such folder, ü");
  }

  @Test
  void namesOutsideAsciiWorkWithoutALocale() throws Exception {
    Ran ran = run(Map.of("LC_ALL", "C", "LANG", "C"), LAUNCHER, "inspect", "modèle");
    assertThat(ran.code()).isEqualTo(3);
    assertThat(ran.err()).contains("modèle");
  }

  @Test
  void refusesHostileFilesInOneLine() throws Exception {
    for (String name : List.of("st_header_len_2pow63", "cfg_deep_nesting", "w_nan", "gguf_only")) {
      Ran ran = run(LAUNCHER, "inspect", SharedData.path("golden/hostile/" + name).toString());
      assertThat(ran.code()).as(ran.err()).isEqualTo(3);
      assertThat(ran.out()).isEmpty();
      assertThat(ran.errLines()).hasSize(1);
    }
  }

  @Test
  void runsTheBundledModelWithoutAWarning() throws Exception {
    Path model = DISTRIBUTION.resolve("demo").resolve("model");
    Ran ran =
        run(LAUNCHER, "generate", model.toString(), "--prompt", "Once upon a", "--max-tokens", "4");
    assertThat(ran.code()).as(ran.err()).isZero();
    assertThat(ran.out()).startsWith(" time");
    assertThat(ran.errLines()).hasSize(1);
    assertThat(ran.err()).startsWith("4 tokens, ");
  }

  @Test
  void aFullHeapIsOneLine() throws Exception {
    Path model = DISTRIBUTION.resolve("demo").resolve("model");
    Path text = folder.resolve("long.txt");
    Files.writeString(text, "A long story without an end. ".repeat(1_000_000));
    Ran ran =
        run(
            Map.of("COMPOT_JAVA_OPTS", "-Xmx24m"),
            LAUNCHER,
            "eval",
            model.toString(),
            "--perplexity",
            text.toString(),
            "--quiet");
    assertThat(ran.code()).as(ran.err()).isEqualTo(1);
    assertThat(ran.errLines()).hasSize(1);
    assertThat(ran.err()).contains("not enough memory");
  }

  @Test
  void aFullDiskBehindStandardOutputIsAFailure() throws Exception {
    Path err = folder.resolve("err");
    Process process =
        new ProcessBuilder(LAUNCHER.toString(), "inspect", model().toString())
            .redirectOutput(new File("/dev/full"))
            .redirectError(err.toFile())
            .start();
    assertThat(process.waitFor()).isEqualTo(1);
    assertThat(Files.readAllLines(err))
        .singleElement()
        .asString()
        .startsWith("compot: standard output cannot be written (no space left on device)");
  }

  @Test
  void limitsOfTheShellAreNamed() throws Exception {
    Ran files = shell("ulimit -n 40 && exec \"$0\" inspect \"$1\"");
    assertThat(files.code()).isEqualTo(1);
    assertThat(files.errLines())
        .singleElement()
        .asString()
        .startsWith("compot: only 40 files may be open");
    Ran addresses = shell("ulimit -v 3000000 && exec \"$0\" inspect \"$1\"");
    assertThat(addresses.code()).isNotZero();
    assertThat(addresses.errLines().getFirst()).contains("'ulimit -v' leaves 3000 MB");
  }

  private Ran shell(String line) throws Exception {
    return run(Path.of("/bin/sh"), "-c", line, LAUNCHER.toString(), model().toString());
  }

  private static Path model() {
    return DISTRIBUTION.resolve("demo").resolve("model");
  }

  /** What a build leaves of a checkout, as far as the launcher looks at it. */
  private Path checkout() throws Exception {
    Path here = Files.createDirectory(folder.resolve("checkout"));
    Path lib = here.resolve("compot-cli").resolve("target").resolve("compot").resolve("lib");
    Files.createDirectories(lib);
    Files.createFile(here.resolve("compot-cli").resolve("pom.xml"));
    Path script = Files.copy(LAUNCHER, here.resolve("compot"));
    assertThat(script.toFile().setExecutable(true)).isTrue();
    try (var jars = Files.list(DISTRIBUTION.resolve("lib"))) {
      for (Path jar : jars.toList()) {
        Files.copy(jar, lib.resolve(jar.getFileName()));
      }
    }
    // Newer than what it was built from.
    Files.setLastModifiedTime(lib.resolve("compot-cli.jar"), FileTime.from(Instant.now()));
    return script;
  }

  @Test
  void aRebuildDoesNotTouchWhatRuns() throws Exception {
    Path script = checkout();
    Path log = folder.resolve("log");
    Process job =
        new ProcessBuilder(
                script.toString(),
                "compress",
                model().toString(),
                "--calibration",
                DISTRIBUTION.resolve("demo").resolve("calibration.txt").toString(),
                "-o",
                folder.resolve("out").toString(),
                "--log-file",
                log.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("told").toFile())
            .start();
    for (int i = 0;
        i < 600 && !(Files.exists(log) && Files.readString(log).contains("begun"));
        i++) {
      Thread.sleep(100);
    }
    try (var jars =
        Files.list(script.resolveSibling(Path.of("compot-cli", "target", "compot", "lib")))) {
      for (Path jar : jars.toList()) {
        Files.writeString(jar, "being built");
      }
    }
    assertThat(new ProcessBuilder("kill", "-TERM", Long.toString(job.pid())).start().waitFor())
        .isZero();
    assertThat(job.waitFor(2, TimeUnit.MINUTES)).isTrue();
    String told = Files.readString(folder.resolve("told"));
    assertThat(job.exitValue()).as(told).isEqualTo(75);
    assertThat(told).contains("resume with: " + script + " compress ");
  }

  @Test
  void adviceNamesTheProgramAsItWasCalled() throws Exception {
    assertThat(run(LAUNCHER, "inspect").errLines().getLast())
        .isEqualTo("try: " + LAUNCHER + " inspect --help");
    String path = LAUNCHER.getParent() + File.pathSeparator + System.getenv("PATH");
    Ran found = run(Map.of("PATH", path), Path.of("/bin/sh"), "-c", "compot inspect");
    assertThat(found.errLines().getLast()).isEqualTo("try: compot inspect --help");
  }

  /** As in a container with a read-only root: no home, no folder for temporary files. */
  @Test
  void oneWritableFolderIsEnough() throws Exception {
    Path cache = folder.resolve("cache");
    Ran ran =
        run(
            Map.of(
                "COMPOT_NATIVE_CACHE",
                cache.toString(),
                "COMPOT_JAVA_OPTS",
                "-Duser.home=/proc/none -Djava.io.tmpdir=/proc"),
            LAUNCHER,
            "generate",
            model().toString(),
            "--prompt",
            "Once",
            "--max-tokens",
            "1",
            "-q");
    assertThat(ran.code()).isZero();
    assertThat(ran.errLines()).isEmpty();
    assertThat(cache).isNotEmptyDirectory();
  }
}
