package io.compot.speech;

import io.compot.audio.HeardSound;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.model.EncoderDecoder;
import io.compot.progress.Run;
import io.compot.progress.Stage;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Writes down sound of any length, window by window (Radford et al., arXiv 2212.04356, 4.5; the
 * details are those of transformers 5.24): each window begins where the last time was written, is
 * told what was said before, and is heard again at a higher temperature where its text repeats
 * itself or is unlikely. Where it is unlikely and nobody seems to speak, nothing is written.
 */
public final class LongForm {

  /** Frames of the spectrogram that make one of the encoder's states, and one step of time. */
  private static final int FRAMES_A_STEP = 2;

  private static final long SEED = 42;

  private final EncoderDecoder model;
  private final SpeechSettings settings;
  private final LongFormRule rule;

  /** By a model, which stays the caller's. */
  public LongForm(EncoderDecoder model, SpeechSettings settings, LongFormRule rule) {
    this.model = model;
    this.settings = settings;
    this.rule = rule;
  }

  /**
   * What was heard.
   *
   * @param segments in order
   * @param language its code; null for a model of one language
   */
  public record Told(List<TimedText> segments, @Nullable String language) {}

  /**
   * A piece of text.
   *
   * @param start seconds from the beginning of the sound
   * @param tokens without times
   * @param temperature at which it was drawn; 0 for always the likeliest token
   * @param logLikelihood mean of a token's in the text that it is a piece of, in nats
   * @param repetition of that text: bytes of its tokens over those of their compressed form
   * @param silence how likely the model held it that nobody speaks there
   */
  public record TimedText(
      double start,
      double end,
      List<Integer> tokens,
      double temperature,
      double logLikelihood,
      double repetition,
      double silence) {}

  /**
   * Writes it down.
   *
   * @param file its name, for messages
   * @param language code; null for what the model takes the first window for, or has alone
   * @param task null for writing down what is said
   * @throws InputException where the model writes no times
   */
  public Told write(
      HeardSound sound, Path file, @Nullable String language, @Nullable String task, Run run)
      throws CompotException {
    TimeRule times = times(file);
    var decoding = new Decoding(model, settings, run.stop(), SEED);
    List<Segment> segments = new ArrayList<>();
    @Nullable String spoken = language;
    boolean follow = rule.condition();
    double frame = sound.seconds() / Math.max(1, sound.frames());
    try (Stage stage = run.stage("transcribe", sound.frames())) {
      long at = 0;
      while (at < sound.frames()) {
        stage.safePoint();
        try (var _ = TensorScope.open()) {
          Tensor memory = model.encode(sound.from(at).unsqueeze(0));
          if (at == 0) {
            spoken = new Transcriber(model, settings).language(memory, language);
          }
          var question = question(segments, follow, settings.timedPrompt(spoken, task), times);
          Decoded decoded = best(decoding, memory, question);
          follow = rule.condition() && decoded.temperature() < LongFormRule.DRAWN_FREELY;
          long window = model.architecture().stacks().getFirst().sampleShape().getLast();
          long left = Math.min(window, sound.frames() - at);
          long told = left;
          if (!rule.silent(decoded)) {
            Cut cut = Cut.of(decoded, times, at * 0.01, left, FRAMES_A_STEP);
            segments.addAll(cut.segments());
            told = cut.frames() > 0 ? cut.frames() : left;
          }
          at += told;
          stage.advance("%.0f of %.0f s".formatted(at * frame, sound.seconds()), told);
        }
      }
    }
    return new Told(segments.stream().map(segment -> timed(segment, times)).toList(), spoken);
  }

  private TimeRule times(Path file) throws InputException {
    if (settings.noTimestamps().isEmpty() || settings.end().isEmpty()) {
      throw InputException.in(
          file,
          "it is longer than the model hears at once, or times are asked for, but the model's generation_config.json names no token for times (no_timestamps_token_id)",
          "cut the sound into pieces, or use a model that writes times");
    }
    int none = settings.noTimestamps().getAsInt();
    int end = settings.end().stream().min(Integer::compare).orElseThrow();
    return new TimeRule(none + 1, none, end, settings.latestFirst().orElse(-1));
  }

  /** The prompt, behind what was said before where the model is to follow it. */
  private Decoding.Question question(
      List<Segment> segments, boolean follow, List<Integer> prompt, TimeRule times) {
    List<Integer> all = new ArrayList<>();
    if (follow && !segments.isEmpty() && settings.before().isPresent()) {
      List<Integer> said = new ArrayList<>();
      for (Segment each : segments) {
        List<Integer> tokens = each.tokens();
        boolean pair = tokens.size() > 2 && times.isTime(tokens.get(tokens.size() - 2));
        said.addAll(pair ? tokens.subList(0, tokens.size() - 1) : tokens);
      }
      int most = model.architecture().contextLength() / 2 - 1;
      all.add(settings.before().getAsInt());
      all.addAll(said.subList(Math.max(0, said.size() - most), said.size()));
    }
    int start = all.size();
    all.addAll(prompt);
    return new Decoding.Question(all, start, times);
  }

  /** At the first temperature that gives a text which will do, or at the last. */
  private Decoded best(Decoding decoding, Tensor memory, Decoding.Question question)
      throws CompotException {
    Decoded decoded = decoding.text(memory, question, rule.temperatures().getFirst());
    for (double temperature : rule.temperatures().subList(1, rule.temperatures().size())) {
      if (!rule.fails(decoded)) {
        break;
      }
      decoded = decoding.text(memory, question, temperature);
    }
    return decoded;
  }

  private static TimedText timed(Segment segment, TimeRule times) {
    Decoded decoded = segment.decoded();
    return new TimedText(
        segment.start(),
        segment.end(),
        segment.tokens().stream().filter(token -> !times.isTime(token)).toList(),
        decoded.temperature(),
        decoded.logLikelihood(),
        decoded.repetition(),
        decoded.silence());
  }
}
