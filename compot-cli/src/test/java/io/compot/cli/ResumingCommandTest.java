package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What a stopped command says to type. */
class ResumingCommandTest {

  @Test
  void theSameCommand() {
    assertThat(ResumingCommand.of("compress", "my model", "-o", "out", "--ratio=0.2"))
        .isEqualTo("compot compress 'my model' -o out --ratio=0.2");
  }

  @Test
  void quotesWhatAShellWouldTouch() {
    assertThat(ResumingCommand.of("eval", "it's", "$HOME", "a*b", ""))
        .isEqualTo("compot eval 'it'\\''s' '$HOME' 'a*b' ''");
  }

  @Test
  void neverStartsAnew() {
    assertThat(ResumingCommand.of("compress", "m", "--resume", "never", "-o", "out"))
        .isEqualTo("compot compress m -o out");
    assertThat(ResumingCommand.of("compress", "m", "--resume=required", "-o", "out"))
        .isEqualTo("compot compress m -o out");
  }
}
