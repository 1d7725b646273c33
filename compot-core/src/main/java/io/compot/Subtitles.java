package io.compot;

import java.util.List;

/** Transcripts as subtitles, with the times at which they are shown. */
public final class Subtitles {

  private Subtitles() {}

  /** SubRip. */
  public static String srt(Transcript transcript) {
    var text = new StringBuilder();
    int number = 0;
    for (TranscriptSegment each : shown(transcript)) {
      number++;
      text.append(number).append('\n');
      text.append(time(each.start(), ',')).append(" --> ").append(time(each.end(), ','));
      text.append('\n').append(line(each)).append("\n\n");
    }
    return text.toString();
  }

  /** WebVTT, as the W3C describes it. */
  public static String vtt(Transcript transcript) {
    var text = new StringBuilder("WEBVTT\n\n");
    for (TranscriptSegment each : shown(transcript)) {
      text.append(time(each.start(), '.')).append(" --> ").append(time(each.end(), '.'));
      String escaped = line(each).replace("&", "&amp;").replace("<", "&lt;");
      text.append('\n').append(escaped).append("\n\n");
    }
    return text.toString();
  }

  /** What takes no time or says nothing is not shown. */
  private static List<TranscriptSegment> shown(Transcript transcript) {
    return transcript.segments().stream()
        .filter(each -> !each.text().isBlank() && each.end() > each.start())
        .toList();
  }

  /** In one line, without the sign between times. */
  private static String line(TranscriptSegment segment) {
    return segment.text().strip().replaceAll("\\s+", " ").replace("-->", "->");
  }

  private static String time(double seconds, char point) {
    long millis = Math.round(seconds * 1000);
    return "%02d:%02d:%02d%c%03d"
        .formatted(
            millis / 3_600_000, millis / 60_000 % 60, millis / 1000 % 60, point, millis % 1000);
  }
}
