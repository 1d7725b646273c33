package io.compot;

import io.compot.generation.Generator;
import io.compot.generation.StopTexts;
import io.compot.tokenizer.TextStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/** One answer in the making: from tokens to text, up to a text to stop at. */
final class Answer {

  private final long[] prompt;
  private final int choice;
  private final TextStream stream;
  private final StopTexts stops;
  private final Consumer<GenerationPiece> listener;
  private final long start;
  private final StringBuilder text = new StringBuilder();
  private final List<TokenScore> scores = new ArrayList<>();
  private long first;

  Answer(
      long[] prompt,
      int choice,
      TextStream stream,
      StopTexts stops,
      Consumer<GenerationPiece> listener,
      long start) {
    this.prompt = prompt;
    this.choice = choice;
    this.stream = stream;
    this.stops = stops;
    this.listener = listener;
    this.start = start;
  }

  /** Takes a token; whether to go on. */
  boolean hear(Generator.Step step) {
    first = first == 0 ? System.nanoTime() : first;
    List<TokenScore> own =
        Double.isNaN(step.scored().logProbability()) ? List.of() : List.of(score(step));
    scores.addAll(own);
    tell(step.ends() ? "" : stops.next(stream.next(step.token())), own);
    return !stops.reached();
  }

  /** The whole answer; its last piece is told before. */
  Generation finish(Generator.Result result, int remembered) {
    if (!stops.reached()) {
      String rest = stops.next(stream.finish());
      tell(rest + stops.finish(), List.of());
    }
    long end = System.nanoTime();
    return new Generation(
        text.toString(),
        Arrays.stream(prompt).mapToObj(Math::toIntExact).toList(),
        result.tokens().stream().map(Math::toIntExact).toList(),
        scores,
        end(result.end()),
        remembered,
        Duration.ofNanos((first == 0 ? end : first) - start),
        Duration.ofNanos(end - start));
  }

  private void tell(String piece, List<TokenScore> own) {
    if (!piece.isEmpty() || !own.isEmpty()) {
      text.append(piece);
      listener.accept(new GenerationPiece(choice, piece, own));
    }
  }

  private Generation.End end(Generator.End end) {
    return switch (end) {
      case STOPPED -> Generation.End.MODEL;
      case MAX_TOKENS, CONTEXT_FULL ->
          stops.reached() ? Generation.End.STOP_TEXT : Generation.End.LIMIT;
      case HEARD_ENOUGH -> stops.reached() ? Generation.End.STOP_TEXT : Generation.End.STOPPED;
    };
  }

  private static TokenScore score(Generator.Step step) {
    return new TokenScore(
        step.token(),
        step.scored().logProbability(),
        step.top().stream().map(TextGenerator::plain).toList());
  }
}
