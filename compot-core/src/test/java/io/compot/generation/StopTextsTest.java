package io.compot.generation;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StopTextsTest {

  /** However the text is cut into pieces, what comes out is the text in front of the stop. */
  @ParameterizedTest
  @CsvSource({
    "hello STOP world, 'hello '",
    "hello STO world, hello STO world",
    "aaSTSTOP, aaST",
    "STOP, ''",
    "no end ENDx, 'no end '",
    "ENSTOPEND, EN"
  })
  void endsInFrontOfTheFirstStop(String text, String expected) {
    for (int size = 1; size <= text.length(); size++) {
      var stops = new StopTexts(List.of("STOP", "END"));
      var out = new StringBuilder();
      for (int at = 0; at < text.length() && !stops.reached(); at += size) {
        out.append(stops.next(text.substring(at, Math.min(text.length(), at + size))));
      }
      boolean reached = stops.reached();
      out.append(stops.finish());
      assertThat(out.toString()).as("pieces of %d", size).isEqualTo(expected.replace("''", ""));
      assertThat(reached).isEqualTo(text.contains("STOP") || text.contains("END"));
    }
  }

  @Test
  void holdsBackWhatMayBecomeAStop() {
    var stops = new StopTexts(List.of("\n\nUser:"));
    assertThat(stops.next("answer\n")).isEqualTo("answer");
    assertThat(stops.next("\nUs")).isEmpty();
    assertThat(stops.next("ually")).isEqualTo("\n\nUsually");
    assertThat(stops.finish()).isEmpty();
  }
}
