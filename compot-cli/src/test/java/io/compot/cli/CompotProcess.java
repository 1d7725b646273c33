package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** The real command as a real process, with one thread for its products. */
record CompotProcess(Process process, Path log) {

  private static final long PATIENCE_SECONDS = 300;

  /**
   * Starts one.
   *
   * @param log takes what it says, behind what is there
   */
  static CompotProcess start(Path log, Object... arguments) throws IOException {
    return start(log, Main.class, List.of(), arguments);
  }

  /**
   * The same behind another command, such as one that takes rights away.
   *
   * @param prefix that command, may be empty
   */
  static CompotProcess behind(List<String> prefix, Path log, Object... arguments)
      throws IOException {
    return start(prefix, log, Main.class, List.of(), arguments);
  }

  /** The same under another main class, with options for the virtual machine. */
  static CompotProcess start(Path log, Class<?> program, List<String> machine, Object... arguments)
      throws IOException {
    return start(List.of(), log, program, machine, arguments);
  }

  private static CompotProcess start(
      List<String> prefix, Path log, Class<?> program, List<String> machine, Object... arguments)
      throws IOException {
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC")); // lives are short
    command.addAll(machine);
    command.addAll(List.of("-cp", classes, program.getName()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    var builder = new ProcessBuilder(command);
    builder.environment().putAll(Map.of("OMP_NUM_THREADS", "1", "OMP_WAIT_POLICY", "passive"));
    return new CompotProcess(
        builder
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start(),
        log);
  }

  /** Waits for its end, and gives its exit code. */
  int end() throws InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("it hangs");
    }
    return process.exitValue();
  }

  /** Waits for its end, which has to be a good one. */
  void finish() throws Exception {
    int code = end();
    assertThat(code).as(Files.readString(log)).isZero();
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    end();
  }

  /** Sends a signal by its name. */
  void signal(String name) throws Exception {
    var kill =
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).inheritIO().start();
    assertThat(kill.waitFor()).isZero();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  long pid() {
    return process.pid();
  }
}
