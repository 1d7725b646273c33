package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.error.InputException;
import io.compot.error.StoppedException;
import io.compot.error.UsageException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever is thrown ends as one line and the right exit code. */
class ErrorLineTest {

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  private int print(Throwable thrown, boolean verbose) {
    var err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    return ErrorLine.print(thrown, new Screen(err, err, false, false, false), verbose);
  }

  private String printed() {
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @ParameterizedTest
  @MethodSource
  void ours(CompotException thrown, int code) {
    assertThat(print(thrown, false)).isEqualTo(code);
    assertThat(printed()).isEqualTo("compot: " + thrown.getMessage() + System.lineSeparator());
  }

  static Stream<Arguments> ours() {
    return Stream.of(
        Arguments.of(new FailureException("the disk is full"), 1),
        Arguments.of(new UsageException("--ratio 7 is not between 0 and 1"), 2),
        Arguments.of(InputException.in(Path.of("config.json"), "is empty", "get it again"), 3),
        Arguments.of(new StoppedException("stopped before block 3"), 75));
  }

  @ParameterizedTest
  @MethodSource
  void others(Throwable thrown, String mentions) {
    assertThat(print(thrown, false)).isEqualTo(1);
    assertThat(printed().lines()).hasSize(1);
    assertThat(printed()).startsWith("compot: ").contains(mentions).doesNotContain("\tat ");
  }

  static Stream<Arguments> others() {
    return Stream.of(
        Arguments.of(new OutOfMemoryError("Java heap space"), "not enough memory"),
        Arguments.of(new StackOverflowError(), "--verbose"),
        Arguments.of(
            new RuntimeException(
                "[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory"),
            "not enough memory"),
        Arguments.of(
            new IllegalStateException("shapes differ\nC++ frames\n#1 c10"),
            "internal error: IllegalStateException: shapes differ; run again with --verbose"),
        Arguments.of(new NullPointerException(), "internal error"));
  }

  @Test
  void verboseShowsWhere() {
    print(new IllegalStateException("odd"), true);
    assertThat(printed()).contains("\tat " + getClass().getName());
  }

  @Test
  void namesInFilesCannotDriveTheTerminal() {
    assertThat(ErrorLine.oneLine("tensor \u001b[2J\u202e\nend"))
        .isEqualTo("tensor \\u001b[2J\\u202e end");
  }
}
