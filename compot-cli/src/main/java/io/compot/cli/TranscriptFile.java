package io.compot.cli;

import io.compot.Subtitles;
import io.compot.Transcript;
import io.compot.TranscriptSegment;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.report.ReportJson;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** What was heard in a file, as files and screens show it. */
record TranscriptFile(Path audio, Transcript transcript) {

  private static final List<String> KINDS = List.of(".srt", ".vtt", ".txt", ".json");

  private static String kind(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return KINDS.stream().filter(name::endsWith).findFirst().orElse("");
  }

  /** Refuses a file whose name does not say what it is to hold. */
  static void requireKind(Path file) throws UsageException {
    if (kind(file).isEmpty()) {
      throw new UsageException(
          "-o %s: its name says how to write it; let it end in %s"
              .formatted(file, String.join(", ", KINDS)));
    }
  }

  /** Whether such a file says when what was said. */
  static boolean hasTimes(Path file) {
    return !kind(file).equals(".txt");
  }

  void write(Path file) throws CompotException {
    WrittenFile.text(
        file,
        switch (kind(file)) {
          case ".srt" -> Subtitles.srt(transcript);
          case ".vtt" -> Subtitles.vtt(transcript);
          case ".json" -> ReportJson.pretty(json(List.of(this)));
          default -> transcript.text().strip() + "\n";
        });
  }

  /** A line a segment. */
  String timed() {
    return transcript.segments().stream()
        .map(each ->
            "[%s - %s] %s".formatted(clock(each.start()), clock(each.end()), each.text().strip()))
        .collect(Collectors.joining("\n"));
  }

  private static String clock(double seconds) {
    long hundredths = Math.round(seconds * 100);
    return "%02d:%02d:%02d.%02d"
        .formatted(
            hundredths / 360_000, hundredths / 6000 % 60, hundredths / 100 % 60, hundredths % 100);
  }

  /** All of the text, and what belongs to each file. */
  static Map<String, Object> json(List<TranscriptFile> all) {
    Map<String, Object> whole = new LinkedHashMap<>();
    whole.put(
        "text",
        all.stream().map(each -> each.transcript().text()).collect(Collectors.joining("\n")));
    whole.put("transcripts", all.stream().map(TranscriptFile::json).toList());
    return whole;
  }

  private Map<String, Object> json() {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("audio", audio.toString());
    one.put("text", transcript.text());
    one.put("tokens", transcript.tokens());
    one.put("seconds", transcript.seconds());
    transcript.language().ifPresent(code -> one.put("language", code));
    if (!transcript.segments().isEmpty()) {
      one.put("segments", transcript.segments().stream().map(TranscriptFile::json).toList());
    }
    return one;
  }

  private static Map<String, Object> json(TranscriptSegment segment) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("start", segment.start());
    one.put("end", segment.end());
    one.put("text", segment.text());
    one.put("tokens", segment.tokens());
    one.put("temperature", segment.temperature());
    one.put("avg_logprob", segment.logLikelihood());
    one.put("compression_ratio", segment.compressionRatio());
    one.put("no_speech_prob", segment.silence());
    return one;
  }
}
