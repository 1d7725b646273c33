package io.compot;

import io.compot.chat.ChatTemplate;
import io.compot.chat.ChatTemplates;
import io.compot.chat.Conversation;
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
import io.compot.model.Sight;
import io.compot.progress.StopRequest;
import io.compot.tokenizer.TextTokenizer;
import io.compot.vision.ConversationImages;
import io.compot.vision.Processor;
import io.compot.vision.SeenPrompt;
import java.nio.file.Path;
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
  private final AnswerConstraints constraints;
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
    this.constraints =
        new AnswerConstraints(tokenizer, Math.toIntExact(model.architecture().vocabularySize()));
  }

  boolean chats() {
    return templates.isPresent();
  }

  /** Whether the template for conversations with tools reads them. */
  boolean knowsTools() throws InputException {
    var tools = new Conversation(List.of(), List.of(), null, Map.of());
    return templates.isPresent() && templates.get().of(tools).source().contains("tools");
  }

  SamplingSettings recommended() {
    return defaults.sampling();
  }

  /** The prompt's tokens, checked against model and context. */
  long[] tokens(Prompt prompt) throws CompotException {
    long[] tokens = encode(prompt);
    generator.check(tokens);
    return tokens;
  }

  /** The prompt's tokens, as many as they may be. */
  long[] encode(Prompt prompt) throws CompotException {
    long[] tokens = withPlaces(prompt);
    var images = model.architecture().images();
    if (images.isPresent() && !(prompt instanceof Prompt.Seen)) {
      long place = images.get().token();
      long places = Arrays.stream(tokens).filter(token -> token == place).count();
      if (places > 0
          && prompt instanceof Prompt.Chat chat
          && ConversationImages.in(chat.conversation())) {
        throw new InputException(
            "messages: there are images, of which no tokens are made here; leave them out");
      }
      if (places > 0) {
        throw new InputException(
            "prompt: it has %d places for images, but there are none; give them as parts of a message"
                .formatted(places));
      }
    }
    return tokens;
  }

  /** The tokens of a conversation with images, checked against model and context. */
  SeenPrompt seen(Prompt.Chat chat, Processor processor) throws CompotException {
    var seen = processor.prompt(withPlaces(chat), ConversationImages.of(chat.conversation()));
    generator.check(seen.tokens());
    return seen;
  }

  /** Where images are, one token for each. */
  long[] withPlaces(Prompt prompt) throws CompotException {
    return switch (prompt) {
      case Prompt.Text(String text) -> tokenizer.encode(text, true);
      case Prompt.Tokens(List<Integer> ids) -> ids.stream().mapToLong(Integer::longValue).toArray();
      case Prompt.Seen(SeenPrompt seen) -> seen.tokens();
      case Prompt.Chat chat -> {
        ChatTemplate template = template(chat);
        yield chat.trusted()
            ? encoder.encodeTrusting(template, chat.conversation(), chat.clock())
            : encoder.encode(template, chat.conversation(), chat.clock());
      }
    };
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
  Generator.Settings settings(GenerationOptions options, int promptTokens) throws CompotException {
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
        options.logProbabilities().orElse(-1),
        constraints.of(options.format()));
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

  /**
   * The answers, as many as asked for.
   *
   * @param sight the images of the prompt; null where there are none
   */
  List<Generation> generate(
      long[] prompt,
      @Nullable Sight sight,
      GenerationOptions options,
      Consumer<GenerationPiece> listener,
      StopRequest stop)
      throws CompotException {
    Generator.Settings settings = settings(options, prompt.length);
    long start = System.nanoTime();
    Sequence sequence = seen;
    if (sequence == null) {
      sequence = new Sequence(model);
      seen = sequence;
    }
    int remembered = 0;
    if (sight == null) {
      remembered = sequence.become(prompt, stop);
    } else {
      sequence.see(prompt, sight, stop);
    }
    boolean whole = sequence.length() == prompt.length;
    var answers = new ArrayList<Generation>();
    List<Generator.Settings> ways = ways(settings, options.choices());
    for (int choice = 0; choice < ways.size(); choice++) {
      var answer = answer(prompt, choice, options, listener, start);
      Generator.Settings own = ways.get(choice);
      if (!whole) {
        answers.add(
            answer.finish(new Generator.Result(List.of(), Generator.End.HEARD_ENOUGH), remembered));
      } else if (choice == ways.size() - 1) {
        answers.add(run(answer, sequence, own, stop, remembered));
      } else {
        try (Sequence copy = sequence.copy()) {
          answers.add(run(answer, copy, own, stop, remembered));
        }
      }
    }
    return answers;
  }

  private Generation run(
      Answer answer,
      Sequence sequence,
      Generator.Settings settings,
      StopRequest stop,
      int remembered) {
    return answer.finish(
        generator.generate(sequence, settings, step -> answer.hear(step) && !stop.wanted()),
        remembered);
  }

  /** The settings of each of several answers: they differ in their seeds. */
  static List<Generator.Settings> ways(Generator.Settings settings, int choices) {
    var ways = new ArrayList<Generator.Settings>();
    var seeds = new SplittableRandom(settings.seed());
    for (int choice = 0; choice < choices; choice++) {
      ways.add(choice == 0 ? settings : settings.withSeed(seeds.nextLong()));
    }
    return ways;
  }

  /**
   * An answer in the making.
   *
   * @param start when its request came, as {@link System#nanoTime} tells
   */
  Answer answer(
      long[] prompt,
      int choice,
      GenerationOptions options,
      Consumer<GenerationPiece> listener,
      long start) {
    var stops = new StopTexts(options.stopTexts());
    return new Answer(prompt, choice, tokenizer.stream(prompt), stops, listener, start);
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
