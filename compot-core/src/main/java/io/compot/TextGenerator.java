package io.compot;

import io.compot.chat.ChatTemplate;
import io.compot.chat.ChatTemplates;
import io.compot.chat.PromptEncoder;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.generation.GenerationDefaults;
import io.compot.generation.Generator;
import io.compot.generation.LogProbabilities.Scored;
import io.compot.generation.SamplingSettings;
import io.compot.generation.Sequence;
import io.compot.generation.StopTexts;
import io.compot.model.CausalModel;
import io.compot.progress.StopRequest;
import io.compot.tokenizer.TextStream;
import io.compot.tokenizer.TextTokenizer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Text from a model: prompts to tokens, tokens to text, and what was seen before. */
final class TextGenerator implements AutoCloseable {

  private final CausalModel model;
  private final TextTokenizer tokenizer;
  private final Generator generator;
  private final GenerationDefaults defaults;
  private final Optional<ChatTemplates> templates;
  private final PromptEncoder encoder;
  private final Map<Integer, String> special;
  private final Path folder;
  private @Nullable Sequence seen;

  TextGenerator(CausalModel model, TextTokenizer tokenizer, Path folder) throws InputException {
    this.model = model;
    this.tokenizer = tokenizer;
    this.folder = folder;
    this.generator = new Generator(model);
    this.defaults = GenerationDefaults.read(folder);
    this.templates = ChatTemplates.read(folder);
    this.encoder = new PromptEncoder(tokenizer);
    this.special = tokenizer.specialSpellings();
  }

  boolean chats() {
    return templates.isPresent();
  }

  SamplingSettings recommended() {
    return defaults.sampling();
  }

  /** The prompt's tokens, checked against model and context. */
  long[] tokens(Prompt prompt) throws CompotException {
    long[] tokens =
        switch (prompt) {
          case Prompt.Text(String text) -> tokenizer.encode(text, true);
          case Prompt.Tokens(List<Integer> ids) ->
              ids.stream().mapToLong(Integer::longValue).toArray();
          case Prompt.Chat chat -> {
            ChatTemplate template = template(chat);
            yield chat.trusted()
                ? encoder.encodeTrusting(template, chat.conversation(), chat.clock())
                : encoder.encode(template, chat.conversation(), chat.clock());
          }
        };
    generator.check(tokens);
    return tokens;
  }

  private ChatTemplate template(Prompt.Chat chat) throws InputException {
    if (templates.isEmpty()) {
      throw InputException.in(
          folder,
          "the model has no chat template",
          "use a model that is made for conversations, or give it a plain prompt (compot generate)");
    }
    return templates.get().of(chat.conversation());
  }

  /** Refuses options that make no sense, and gives what they mean for this model. */
  Generator.Settings settings(GenerationOptions options, int promptTokens) throws UsageException {
    int room = model.architecture().contextLength() - promptTokens;
    int most = options.maxTokens().orElse(defaults.maxTokens().orElse(Math.max(1, room)));
    if (most < 1) {
      throw new UsageException("max tokens %d is not at least 1".formatted(most));
    }
    if (options.choices() < 1) {
      throw new UsageException("%d answers are not at least 1".formatted(options.choices()));
    }
    if (options.logProbabilities().orElse(0) < 0) {
      throw new UsageException("the number of likely tokens to tell is not at least 0");
    }
    if (options.stopTexts().stream().anyMatch(String::isEmpty)) {
      throw new UsageException("a text to stop at is empty");
    }
    var stops = new HashSet<>(model.architecture().endOfText());
    tokenizer.eosIds().forEach(id -> stops.add(id.longValue()));
    options.stopTokens().forEach(id -> stops.add(id.longValue()));
    stops.addAll(spelled(options.stopTexts()));
    return new Generator.Settings(
        most,
        options.sampling().over(defaults.sampling()),
        options.seed(),
        stops,
        options.logProbabilities().orElse(-1));
  }

  /** Special tokens have no text, so a stop text that spells one must stop at the token. */
  private Set<Long> spelled(List<String> texts) {
    Set<Long> ids = new HashSet<>();
    special.forEach((id, text) -> {
      if (texts.contains(text)) {
        ids.add(id.longValue());
      }
    });
    return ids;
  }

  /** The answers, as many as asked for. */
  List<Generation> generate(
      long[] prompt,
      GenerationOptions options,
      Consumer<GenerationPiece> listener,
      StopRequest stop)
      throws UsageException {
    Generator.Settings settings = settings(options, prompt.length);
    long start = System.nanoTime();
    Sequence sequence = seen;
    if (sequence == null) {
      sequence = new Sequence(model);
      seen = sequence;
    }
    int remembered = sequence.become(prompt, stop);
    var answers = new ArrayList<Generation>();
    var seeds = new SplittableRandom(options.seed());
    for (int choice = 0; choice < options.choices(); choice++) {
      long seed = choice == 0 ? options.seed() : seeds.nextLong();
      var answer = new Answer(prompt, choice, options, listener, stop, start, remembered);
      var own =
          new Generator.Settings(
              settings.maxTokens(), settings.sampling(), seed, settings.stops(), settings.top());
      if (choice == options.choices() - 1) {
        answers.add(answer.run(sequence, own));
      } else {
        try (Sequence copy = sequence.copy()) {
          answers.add(answer.run(copy, own));
        }
      }
    }
    return answers;
  }

  /** One answer in the making. */
  private final class Answer {
    private final long[] prompt;
    private final int choice;
    private final Consumer<GenerationPiece> listener;
    private final StopRequest stop;
    private final long start;
    private final int remembered;
    private final TextStream stream;
    private final StopTexts stops;
    private final StringBuilder text = new StringBuilder();
    private final List<TokenScore> scores = new ArrayList<>();
    private long first;
    private boolean cancelled;

    Answer(
        long[] prompt,
        int choice,
        GenerationOptions options,
        Consumer<GenerationPiece> listener,
        StopRequest stop,
        long start,
        int remembered) {
      this.prompt = prompt;
      this.choice = choice;
      this.listener = listener;
      this.stop = stop;
      this.start = start;
      this.remembered = remembered;
      this.stream = tokenizer.stream(prompt);
      this.stops = new StopTexts(options.stopTexts());
    }

    Generation run(Sequence sequence, Generator.Settings settings) {
      Generator.Result result =
          sequence.length() < prompt.length
              ? new Generator.Result(List.of(), Generator.End.HEARD_ENOUGH)
              : generator.generate(sequence, settings, this::hear);
      cancelled |= sequence.length() < prompt.length;
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

    private boolean hear(Generator.Step step) {
      first = first == 0 ? System.nanoTime() : first;
      List<TokenScore> own =
          Double.isNaN(step.scored().logProbability()) ? List.of() : List.of(score(step));
      scores.addAll(own);
      tell(step.ends() ? "" : stops.next(stream.next(step.token())), own);
      cancelled = stop.wanted();
      return !cancelled && !stops.reached();
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
  }

  private static TokenScore score(Generator.Step step) {
    return new TokenScore(
        step.token(),
        step.scored().logProbability(),
        step.top().stream().map(TextGenerator::plain).toList());
  }

  static TokenScore plain(Scored scored) {
    return new TokenScore(scored.token(), scored.logProbability(), List.of());
  }

  @Override
  public void close() {
    encoder.close();
    if (seen != null) {
      seen.close();
    }
  }
}
