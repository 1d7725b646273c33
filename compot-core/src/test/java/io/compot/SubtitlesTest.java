package io.compot;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The two formats, as their descriptions have them. */
class SubtitlesTest {

  private static TranscriptSegment segment(double start, double end, String text) {
    return new TranscriptSegment(start, end, text, List.of(), 0, 0, 1, 0);
  }

  private static final Transcript TRANSCRIPT =
      new Transcript(
          " One & two. a --> b Three.",
          List.of(),
          4000,
          Optional.empty(),
          List.of(
              segment(0, 6.44, " One & two."),
              segment(6.44, 6.44, " gone"),
              segment(6.44, 7, " "),
              segment(3661.5, 3662.0049, " a --> b\nThree.")));

  @Test
  void subRip() {
    assertThat(Subtitles.srt(TRANSCRIPT))
        .isEqualTo(
            """
            1
            00:00:00,000 --> 00:00:06,440
            One & two.

            2
            01:01:01,500 --> 01:01:02,005
            a -> b Three.

            """);
  }

  @Test
  void webVtt() {
    assertThat(Subtitles.vtt(TRANSCRIPT))
        .isEqualTo(
            """
            WEBVTT

            00:00:00.000 --> 00:00:06.440
            One &amp; two.

            01:01:01.500 --> 01:01:02.005
            a -> b Three.

            """);
  }
}
