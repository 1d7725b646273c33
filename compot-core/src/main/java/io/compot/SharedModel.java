package io.compot;

import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.generation.Generator;
import io.compot.generation.SamplingSettings;
import io.compot.generation.batch.Batch;
import io.compot.generation.batch.BatchLimits;
import io.compot.generation.batch.BatchState;
import io.compot.generation.batch.Job;
import io.compot.image.ImageBounds;
import io.compot.model.Sight;
import io.compot.model.VisionTower;
import io.compot.progress.StopRequest;
import io.compot.vision.ConversationImages;
import io.compot.vision.Processor;
import io.compot.vision.SeenPrompt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A model that any number of threads ask at once. One thread of its own computes; requests share
 * its steps and the beginnings of their prompts. A request waits, on its caller's thread, until
 * there is room for it.
 *
 * <pre>{@code
 * try (SharedModel shared = SharedModel.of(Model.load(folder), BatchLimits.defaults())) {
 *   shared.generate(new Prompt.Text("Once"), options, piece -> ..., StopRequest.never());
 * }
 * }</pre>
 */
public final class SharedModel implements AutoCloseable {

  private final Model model;
  private final Worker worker;
  private final Object tokenizing = new Object();
  private final Object looking = new Object();

  private SharedModel(Model model, Worker worker) {
    this.model = model;
    this.worker = worker;
  }

  /**
   * Shares a model.
   *
   * @param model this one's from now on
   */
  public static SharedModel of(Model model, BatchLimits limits) throws CompotException {
    model.generator();
    if (model.sees()) {
      model.processor();
      model.tower(); // now, so that no request has to wait for it or finds it damaged
    }
    return new SharedModel(model, Worker.start(() -> new Batch(model.causal(), limits)));
  }

  /**
   * Continues a prompt.
   *
   * @param listener hears each piece as it comes, on the calling thread; what it throws ends the
   *     computation
   * @param stop asked between steps, on another thread, also while the request waits
   * @return the answers, as many as asked for
   * @throws CompotException where prompt or options are refused; nothing is heard then
   */
  public List<Generation> generate(
      Prompt prompt,
      GenerationOptions options,
      Consumer<GenerationPiece> listener,
      StopRequest stop)
      throws CompotException {
    Prompt ready = withImages(prompt) ? ready(prompt, ImageBounds.NONE) : prompt;
    Supplier<Sight> images = null;
    if (ready instanceof Prompt.Seen(SeenPrompt seen)) {
      VisionTower tower = model.tower();
      images = () -> seen.sight(tower);
    }
    return generate(ids(ready), images, options, listener, stop);
  }

  /**
   * A prompt that need not be looked at again: tokens, or a conversation with its images, which are
   * read one after another, so that few are in memory as they were.
   *
   * @param bounds of its images
   * @throws CompotException where the template refuses it, or an image cannot be read
   */
  public Prompt ready(Prompt prompt, ImageBounds bounds) throws CompotException {
    if (prompt instanceof Prompt.Seen) {
      return prompt;
    }
    if (!(prompt instanceof Prompt.Chat chat) || !withImages(chat)) {
      return new Prompt.Tokens(encode(prompt));
    }
    Processor processor = model.processor();
    long[] places;
    synchronized (tokenizing) {
      places = model.generator().withPlaces(chat);
    }
    synchronized (looking) {
      return new Prompt.Seen(
          processor.prompt(places, ConversationImages.of(chat.conversation(), bounds)));
    }
  }

  private static boolean withImages(Prompt prompt) {
    return prompt instanceof Prompt.Chat chat && ConversationImages.in(chat.conversation());
  }

  private List<Generation> generate(
      long[] prompt,
      @Nullable Supplier<Sight> images,
      GenerationOptions options,
      Consumer<GenerationPiece> listener,
      StopRequest stop)
      throws CompotException {
    TextGenerator generator = model.generator();
    Generator.Settings settings = generator.settings(options, prompt.length);
    int room = model.contextLength() - prompt.length;
    List<Generator.Settings> ways =
        TextGenerator.ways(settings.atMost(Math.max(1, room)), options.choices());
    BlockingQueue<AnswerEvent> events = new LinkedBlockingQueue<>();
    long start = System.nanoTime();
    List<Answer> answers = new ArrayList<>();
    for (int choice = 0; choice < ways.size(); choice++) {
      answers.add(
          generator.answer(
              prompt, choice, options, piece -> events.add(new AnswerEvent.Piece(piece)), start));
    }
    var gone = new AtomicBoolean();
    var writer = new AnswerEvent.Sender(answers, events);
    submit(new Job.Continue(prompt, ways, writer, () -> gone.get() || stop.wanted(), images));
    try {
      return AnswerEvent.receive(events, ways.size(), listener);
    } finally {
      gone.set(true);
    }
  }

  /**
   * How likely the model finds each token of a given text.
   *
   * @param tokens at least one, no more than the context holds
   * @param top how many of the most likely tokens to tell at each place
   * @return one for each token but the first; fewer where it was stopped
   */
  public List<TokenScore> score(List<Integer> tokens, int top, StopRequest stop)
      throws CompotException {
    long[] ids = tokens.stream().mapToLong(Integer::longValue).toArray();
    model.requireFit(ids);
    BlockingQueue<ScoreEvent> events = new LinkedBlockingQueue<>();
    var gone = new AtomicBoolean();
    submit(
        new Job.Score(ids, top, new ScoreEvent.Sender(events), () -> gone.get() || stop.wanted()));
    try {
      return Model.scores(ScoreEvent.receive(events));
    } finally {
      gone.set(true);
    }
  }

  private void submit(Job job) throws CompotException {
    requireRoom(job.most());
    worker.submit(job);
  }

  /**
   * Refuses what would never find room, as {@link #generate} would.
   *
   * @param promptTokens of the prompt
   */
  public void requireRoom(int promptTokens, GenerationOptions options) throws CompotException {
    int answer = model.generator().settings(options, promptTokens).maxTokens();
    requireRoom(options.choices() * (promptTokens + (long) answer));
  }

  private void requireRoom(long tokens) throws UsageException {
    if (tokens > worker.mostTokens()) {
      throw new UsageException(
          "%d tokens of prompt and answers are more than there is memory for (%d); ask for fewer"
              .formatted(tokens, worker.mostTokens()));
    }
  }

  /**
   * The tokens of a prompt.
   *
   * @throws CompotException where the template refuses it, or the model's context does not hold it
   *     and one token more
   */
  public List<Integer> tokens(Prompt prompt) throws CompotException {
    return Arrays.stream(ids(prompt)).mapToObj(Math::toIntExact).toList();
  }

  /**
   * The tokens of a prompt, however many they are.
   *
   * @throws CompotException where the template refuses it
   */
  public List<Integer> encode(Prompt prompt) throws CompotException {
    synchronized (tokenizing) {
      return Arrays.stream(model.generator().encode(prompt)).mapToObj(Math::toIntExact).toList();
    }
  }

  /** Tokens that the model knows: ids from 0 to one below. */
  public long vocabulary() {
    return model.causal().architecture().vocabularySize();
  }

  private long[] ids(Prompt prompt) throws CompotException {
    synchronized (tokenizing) {
      return model.generator().tokens(prompt);
    }
  }

  /** Refuses options that {@link #generate} would refuse. */
  public void check(GenerationOptions options) throws CompotException {
    model.check(options);
  }

  /** Whether the model sees images. */
  public boolean sees() {
    return model.sees();
  }

  /** Whether the model has a chat template. */
  public boolean chats() throws CompotException {
    return model.chats();
  }

  /** Whether the chat template for conversations with tools tells the model of them. */
  public boolean knowsTools() throws CompotException {
    return model.generator().knowsTools();
  }

  /** What {@link SamplingOptions#ofModel} means for this model. */
  public SamplingSettings recommendedSampling() throws CompotException {
    return model.recommendedSampling();
  }

  /** Most tokens of prompt and text together. */
  public int contextLength() {
    return model.contextLength();
  }

  /** The text of tokens; bytes that are no valid UTF-8 become U+FFFD. */
  public String text(List<Integer> tokens, boolean skipSpecial) throws CompotException {
    synchronized (tokenizing) {
      return model.text(tokens, skipSpecial);
    }
  }

  /** The bytes that a token stands for; not always whole characters. */
  public byte[] bytes(int token) throws CompotException {
    synchronized (tokenizing) {
      return model.bytes(token);
    }
  }

  /** What it is at. */
  public BatchState state() {
    return worker.state();
  }

  /** Ends what it is at, and frees the model. */
  @Override
  public void close() {
    worker.close();
    model.close();
  }
}
