package io.compot;

import java.util.Optional;

/**
 * How sound is written down.
 *
 * @param language code of what is said; empty for what the model takes it for
 * @param task transcribe, or translate (into English) where the model can; empty for the former
 * @param times whether it is told when what was said; always so for sound that is longer than the
 *     model hears at once
 * @param follow whether each window of long sound is told what was said before
 */
public record TranscriptionOptions(
    Optional<String> language, Optional<String> task, boolean times, boolean follow) {

  /** The text alone, of whatever the model takes it for. */
  public static TranscriptionOptions defaults() {
    return new TranscriptionOptions(Optional.empty(), Optional.empty(), false, true);
  }

  /** The same in a language. */
  public TranscriptionOptions withLanguage(String code) {
    return new TranscriptionOptions(Optional.of(code), task, times, follow);
  }

  /** The same of another task. */
  public TranscriptionOptions withTask(String name) {
    return new TranscriptionOptions(language, Optional.of(name), times, follow);
  }

  /** The same with times, or without. */
  public TranscriptionOptions withTimes(boolean told) {
    return new TranscriptionOptions(language, task, told, follow);
  }

  /** The same where windows follow one another, or do not. */
  public TranscriptionOptions withFollow(boolean follows) {
    return new TranscriptionOptions(language, task, times, follows);
  }
}
