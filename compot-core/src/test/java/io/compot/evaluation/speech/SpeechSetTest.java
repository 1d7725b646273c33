package io.compot.evaluation.speech;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.compot.error.InputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The layouts in which speech with transcripts is handed on. */
class SpeechSetTest {

  @TempDir private Path folder;

  @Test
  void aFolderIsLaidOutAsLibriSpeechIs() throws Exception {
    Path chapter = Files.createDirectories(folder.resolve("test-clean/12/34"));
    Files.writeString(
        chapter.resolve("12-34.trans.txt"), "12-34-0000 HELLO THERE\n12-34-0001 YES\n");
    Files.createFile(chapter.resolve("12-34-0000.flac"));
    Path second = Files.createFile(chapter.resolve("12-34-0001.wav"));
    try (SpeechSet set = SpeechSet.of(folder)) {
      assertThat(set.utterances())
          .extracting(Utterance::text)
          .containsExactly("HELLO THERE", "YES");
      assertThat(set.utterances().getLast().audio()).isEqualTo(second);
    }
    Files.delete(second);
    assertThatThrownBy(() -> SpeechSet.of(folder).close())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("12-34-0001");
  }

  @Test
  void aListHasATextATabAndASound() throws Exception {
    Path sound = Files.createFile(folder.resolve("one.wav"));
    Path list = Files.writeString(folder.resolve("list.txt"), "Hello, there.\tone.wav\n\n");
    try (SpeechSet set = SpeechSet.of(list)) {
      assertThat(set.utterances())
          .containsExactly(new Utterance("one.wav", sound.toAbsolutePath(), "Hello, there."));
    }
    Files.writeString(list, "Hello, there.\tone.wav\nno sound here\n");
    assertThatThrownBy(() -> SpeechSet.of(list).close())
        .isInstanceOf(InputException.class)
        .hasMessageContaining("line 2");
  }

  @Test
  void errorsStandInTheirPlace() {
    var places =
        WordErrors.places(
            WordErrors.words("the cat sat on the mat"),
            WordErrors.words("the hat sat the red mat"));
    assertThat(WordErrors.of(places).errors()).isEqualTo(3);
    var heard =
        new HeardUtterance(
            "a",
            1,
            "",
            "",
            WordErrors.places(WordErrors.words("a b c"), WordErrors.words("a x c d")),
            WordErrors.NONE,
            1,
            0,
            OptionalDouble.empty());
    assertThat(heard.marked()).isEqualTo("a [b→x] c [+d]");
  }
}
