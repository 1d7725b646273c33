package io.compot;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.evaluation.Perplexity;
import io.compot.evaluation.PerplexityOptions;
import io.compot.evaluation.PerplexityProtocol;
import io.compot.evaluation.TextReading;
import io.compot.evaluation.TokenPerplexity;
import io.compot.evaluation.fidelity.Fidelity;
import io.compot.evaluation.fidelity.FidelityReport;
import io.compot.evaluation.fidelity.HeldOut;
import io.compot.evaluation.fidelity.HeldOutReport;
import io.compot.evaluation.fidelity.HeldOutText;
import io.compot.evaluation.request.ScoredModel;
import io.compot.evaluation.result.Measurement;
import io.compot.evaluation.task.FinishedTasks;
import io.compot.evaluation.task.StandardTasks;
import io.compot.evaluation.task.TaskEvaluation;
import io.compot.evaluation.task.TaskOptions;
import io.compot.evaluation.vision.AnsweredTask;
import io.compot.evaluation.vision.ModelSeer;
import io.compot.evaluation.vision.VisionEvaluation;
import io.compot.generation.PromptScores;
import io.compot.generation.SamplingSettings;
import io.compot.guard.HeldOutOriginal;
import io.compot.model.Architecture;
import io.compot.model.CausalModel;
import io.compot.model.Images;
import io.compot.model.PatchLayout;
import io.compot.model.SeenTrace;
import io.compot.model.Sight;
import io.compot.model.VisionTower;
import io.compot.model.WeightLoader;
import io.compot.progress.ProgressListener;
import io.compot.progress.StopRequest;
import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeLibraries;
import io.compot.tensor.NativeMemory;
import io.compot.tensor.TensorScope;
import io.compot.text.TextFile;
import io.compot.tokenizer.TextTokenizer;
import io.compot.vision.ConversationImages;
import io.compot.vision.Processor;
import io.compot.vision.SeenPrompt;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A model ready to run, dense or compressed. Holds native memory until closed; not for use by
 * several threads at once.
 *
 * <pre>{@code
 * try (Model model = Model.load(folder)) {
 *   System.out.println(model.evaluate(text).value());
 *   model.generate("Once upon a time", GenerationOptions.defaults(), System.out::print);
 * }
 * }</pre>
 */
public final class Model implements AutoCloseable {

  private final ModelSource checkpoint;
  private final CausalModel model;
  private final Dtype computation;
  private @Nullable TextTokenizer tokenizer;
  private @Nullable TextGenerator generator;
  private @Nullable VisionTower tower;
  private boolean closed;

  private Model(ModelSource checkpoint, CausalModel model, Dtype computation) {
    this.checkpoint = checkpoint;
    this.model = model;
    this.computation = computation;
  }

  /** Loads a checkpoint folder and computes in its own type (see {@link Computation#AUTO}). */
  public static Model load(Path folder) throws CompotException {
    return load(folder, Computation.AUTO);
  }

  /**
   * Loads a checkpoint folder in Hugging Face layout.
   *
   * @throws CompotException naming file, field or tensor where the folder is not acceptable
   */
  public static Model load(Path folder, Computation computation) throws CompotException {
    ModelSource checkpoint = Checkpoint.open(folder);
    boolean loaded = false;
    try {
      NativeLibraries.load();
      Dtype type = computation.over(checkpoint);
      Architecture architecture = Architecture.of(checkpoint);
      if (architecture.hears()) {
        throw InputException.in(
            folder,
            "the model writes what it hears and cannot continue texts",
            "use compot transcribe");
      }
      CausalModel model = CausalModel.load(architecture, WeightLoader.of(checkpoint, type));
      loaded = true;
      return new Model(checkpoint, model, type);
    } finally {
      if (!loaded) {
        checkpoint.close();
      }
    }
  }

  /**
   * What must be the same for the same figures: SHA-256 of configuration, tokenizer and weights, by
   * file name.
   */
  public Map<String, String> digests() throws CompotException {
    requireOpen();
    return checkpoint.digests();
  }

  /** Token perplexity of a UTF-8 text file with the default protocol. */
  public Perplexity evaluate(Path text) throws CompotException {
    return evaluate(text, PerplexityOptions.defaults(), ProgressListener.none());
  }

  /** The same of a checkpoint folder that is not loaded. */
  public static Map<String, String> digests(Path folder) throws CompotException {
    try (ModelSource opened = Checkpoint.open(folder)) {
      return opened.digests();
    }
  }

  /**
   * Refuses a text that {@link #evaluate(Path, PerplexityOptions, ProgressListener)} would refuse,
   * without loading the checkpoint's weights.
   *
   * @return what the measurement would do
   * @throws CompotException where the text cannot be read or does not fill one window
   */
  public static PerplexityProtocol check(
      Path folder, Path text, PerplexityOptions options, Computation computation)
      throws CompotException {
    NativeLibraries.load();
    try (ModelSource opened = Checkpoint.open(folder);
        TextTokenizer tokenizer = opened.tokenizer()) {
      TextFile file = options.reading().read(text);
      return TokenPerplexity.protocol(
          Architecture.of(opened),
          computation.over(opened),
          file,
          tokenizer.encode(file.whole(), options.reading().special()),
          tokenizer.bosId(),
          options);
    }
  }

  /** Token perplexity of a UTF-8 text file. */
  public Perplexity evaluate(Path text, PerplexityOptions options, ProgressListener listener)
      throws CompotException {
    return evaluate(text, options, listener, StopRequest.never());
  }

  /** Token perplexity of a UTF-8 text file, unless it is asked to stop. */
  public Perplexity evaluate(
      Path text, PerplexityOptions options, ProgressListener listener, StopRequest stop)
      throws CompotException {
    TextFile file = options.reading().read(text);
    long[] tokens = tokenizer().encode(file.whole(), options.reading().special());
    return new TokenPerplexity(model, computation, listener, stop)
        .measure(file, tokens, tokenizer().bosId(), options);
  }

  /**
   * Zero-shot and few-shot tasks, worded and scored as lm-evaluation-harness does.
   *
   * @param names of tasks (see {@link StandardTasks#names}), or task files ending in {@code .yaml}
   * @param data folder in which data sets lie; null will do for task files
   */
  public List<Measurement> evaluateTasks(
      List<String> names, @Nullable Path data, TaskOptions options, ProgressListener listener)
      throws CompotException {
    return evaluateTasks(names, data, options, listener, FinishedTasks.none(), StopRequest.never());
  }

  /**
   * The same, going on where an earlier process ended.
   *
   * @param finished where each task's figures are kept
   * @param stop looked at between batches
   */
  public List<Measurement> evaluateTasks(
      List<String> names,
      @Nullable Path data,
      TaskOptions options,
      ProgressListener listener,
      FinishedTasks finished,
      StopRequest stop)
      throws CompotException {
    List<String> seen = names.stream().filter(VisionEvaluation::knows).toList();
    List<String> read = names.stream().filter(name -> !VisionEvaluation.knows(name)).toList();
    VisionEvaluation.check(seen, data, options);
    List<Measurement> all = new ArrayList<>();
    if (!read.isEmpty()) {
      ScoredModel scored = ScoredModel.of(model, tokenizer(), computation, checkpoint.folder());
      all.addAll(new TaskEvaluation(scored, options, listener, finished, stop).run(read, data));
    }
    if (!seen.isEmpty()) {
      all.addAll(evaluateSeeing(seen, data, options, listener, finished, stop));
    }
    return all;
  }

  /**
   * One of the tasks about images ({@link VisionEvaluation#names}), with what was answered.
   *
   * @param data folder in which data sets lie
   * @param stop looked at between questions
   */
  public AnsweredTask answerTask(
      String name,
      @Nullable Path data,
      TaskOptions options,
      ProgressListener listener,
      StopRequest stop)
      throws CompotException {
    Processor processor = processor();
    var evaluation =
        new VisionEvaluation(
            options, computation.name(), contextLength(), listener, FinishedTasks.none(), stop);
    try (var seer =
        new ModelSeer(model, tower(), tokenizer(), processor, checkpoint.folder(), stop)) {
      return evaluation.answered(name, data, seer);
    }
  }

  private List<Measurement> evaluateSeeing(
      List<String> names,
      @Nullable Path data,
      TaskOptions options,
      ProgressListener listener,
      FinishedTasks finished,
      StopRequest stop)
      throws CompotException {
    Processor processor = processor();
    var evaluation =
        new VisionEvaluation(
            options, computation.name(), contextLength(), listener, finished, stop);
    List<Measurement> all = new ArrayList<>();
    try (var seer =
        new ModelSeer(model, tower(), tokenizer(), processor, checkpoint.folder(), stop)) {
      for (String name : names) {
        all.addAll(evaluation.run(name, data, seer));
      }
    }
    return all;
  }

  private Images images() throws InputException {
    return model
        .architecture()
        .images()
        .orElseThrow(() ->
            InputException.in(
                checkpoint.folder(),
                "the model reads text alone, but is given images",
                "use a model that sees, such as Qwen3-VL"));
  }

  /**
   * How far this model is from the one it was made from, on a UTF-8 text file.
   *
   * @param window tokens a window; empty: the model's maximum, at most 512
   */
  public FidelityReport compareWith(
      Model original, Path text, OptionalInt window, ProgressListener listener)
      throws CompotException {
    original.requireOpen();
    long[] tokens = tokenizer().encode(TextReading.PLAIN.read(text).whole(), false);
    int size = window.orElse(Math.min(model.architecture().contextLength(), 512));
    return Fidelity.measure(model, original.model, tokens, size, listener);
  }

  /**
   * Held-out text on which models made from an original can be measured: the original is run over
   * it, unless its states are there.
   *
   * @param states the file of its hidden states, which stays; one that is there is taken for them
   */
  public static HeldOut heldOut(
      Path original,
      Computation computation,
      HeldOutText text,
      Path states,
      ProgressListener listener,
      StopRequest stop)
      throws CompotException {
    return HeldOutOriginal.of(original, computation::over, text, states, listener, stop);
  }

  /** This model's quality on the held-out text of the model it was made from. */
  public HeldOutReport measure(HeldOut heldOut, ProgressListener listener, StopRequest stop)
      throws CompotException {
    requireOpen();
    return heldOut.measure(model, listener, stop);
  }

  /**
   * Continues a text.
   *
   * @param onText hears each piece of text as it comes; whole characters only
   */
  public Generation generate(String prompt, GenerationOptions options, Consumer<String> onText)
      throws CompotException {
    return generate(
            new Prompt.Text(prompt),
            options.withChoices(1),
            piece -> {
              if (!piece.text().isEmpty()) {
                onText.accept(piece.text());
              }
            },
            StopRequest.never())
        .getFirst();
  }

  /**
   * Continues a prompt. What an earlier call has seen is not computed again where the prompt begins
   * with it, as that of a conversation that goes on does.
   *
   * @param listener hears each piece as it comes
   * @param stop looked at behind each token and between pieces of the prompt
   * @return the answers, as many as asked for
   * @throws CompotException where prompt or options are refused; nothing is heard then
   */
  public List<Generation> generate(
      Prompt prompt,
      GenerationOptions options,
      Consumer<GenerationPiece> listener,
      StopRequest stop)
      throws CompotException {
    if (prompt instanceof Prompt.Chat chat && ConversationImages.in(chat.conversation())) {
      return generateSeeing(generator().seen(chat, processor()), options, listener, stop);
    }
    if (prompt instanceof Prompt.Seen(SeenPrompt seen)) {
      generator().tokens(prompt);
      return generateSeeing(seen, options, listener, stop);
    }
    return generator().generate(generator().tokens(prompt), null, options, listener, stop);
  }

  private List<Generation> generateSeeing(
      SeenPrompt seen,
      GenerationOptions options,
      Consumer<GenerationPiece> listener,
      StopRequest stop)
      throws CompotException {
    try (var _ = TensorScope.open()) {
      return generator().generate(seen.tokens(), seen.sight(tower()), options, listener, stop);
    }
  }

  /**
   * The tokens of a prompt.
   *
   * @throws CompotException where the template refuses it, or the model's context does not hold it
   *     and one token more
   */
  public List<Integer> tokens(Prompt prompt) throws CompotException {
    return Arrays.stream(generator().tokens(prompt)).mapToObj(Math::toIntExact).toList();
  }

  /** Refuses options that {@link #generate} would refuse. */
  public void check(GenerationOptions options) throws CompotException {
    generator().settings(options, 1);
  }

  /** Whether the model has a chat template. */
  public boolean chats() throws CompotException {
    return generator().chats();
  }

  /** What {@link SamplingOptions#ofModel} means for this model. */
  public SamplingSettings recommendedSampling() throws CompotException {
    return generator().recommended();
  }

  /** Most tokens of prompt and text together. */
  public int contextLength() {
    return model.architecture().contextLength();
  }

  /** The text of tokens; bytes that are no valid UTF-8 become U+FFFD. */
  public String text(List<Integer> tokens, boolean skipSpecial) throws CompotException {
    return tokenizer().decode(tokens.stream().mapToLong(Integer::longValue).toArray(), skipSpecial);
  }

  /** The bytes that a token stands for; not always whole characters. */
  public byte[] bytes(int token) throws CompotException {
    return tokenizer().bytes(token);
  }

  /**
   * How likely the model finds each token of a given text.
   *
   * @param tokens at least one, no more than the context holds
   * @param top how many of the most likely tokens to tell at each place
   * @return one for each token but the first
   */
  public List<TokenScore> score(List<Integer> tokens, int top, StopRequest stop)
      throws CompotException {
    requireOpen();
    long[] ids = tokens.stream().mapToLong(Integer::longValue).toArray();
    requireFit(ids);
    return scores(PromptScores.of(model, ids, top, stop));
  }

  static List<TokenScore> scores(PromptScores scores) {
    return scores.places().stream()
        .map(place ->
            new TokenScore(
                place.actual().token(),
                place.actual().logProbability(),
                place.top().stream().map(TextGenerator::plain).toList()))
        .toList();
  }

  /**
   * One forward pass over one sequence.
   *
   * @param tokens ids, positions from 0
   * @throws UsageException where a token is not in the vocabulary, or there are none or too many
   */
  public Forward forward(List<Integer> tokens) throws CompotException {
    requireOpen();
    long[] ids = tokens.stream().mapToLong(Integer::longValue).toArray();
    requireFit(ids);
    try (var _ = TensorScope.open();
        var arena = Arena.ofConfined()) {
      var segment = arena.allocateFrom(ValueLayout.JAVA_LONG, ids);
      var trace =
          new LinkedHashMap<>(model.trace(NativeMemory.tensor(segment, Dtype.I64, 1, ids.length)));
      trace.remove("hidden.final");
      return Forward.of(trace);
    }
  }

  /**
   * The same over the tokens of a safetensors file.
   *
   * @param inputs has them as {@code NAME.input_ids}; for a model that sees, with the images that
   *     they name as {@code NAME.pixel_values} [patches, numbers of a patch] and {@code
   *     NAME.image_grid_thw} [images, 3]
   * @param sequence their name
   */
  public Forward forward(Path inputs, String sequence) throws CompotException {
    requireOpen();
    try (var file = SafetensorsFile.open(inputs);
        var _ = TensorScope.open()) {
      Architecture architecture = model.architecture();
      var given = new ForwardInputs(file, sequence);
      if (architecture.images().isPresent()) {
        Tensor tokens = given.tokens(architecture.contextLength(), architecture.vocabularySize());
        return Forward.of(seen(given, tokens, architecture.images().get()));
      }
      var trace =
          new LinkedHashMap<>(
              model.trace(
                  given.tokens(architecture.contextLength(), architecture.vocabularySize())));
      trace.remove("hidden.final");
      return Forward.of(trace);
    }
  }

  private Map<String, Tensor> seen(ForwardInputs given, Tensor tokens, Images images)
      throws CompotException {
    var trace = new LinkedHashMap<String, Tensor>();
    var layout = given.layout(tokens, images);
    Sight sight = null;
    if (layout.images() > 0) {
      Tensor pixels = given.pixels(images);
      Tensor memory =
          SeenTrace.images(
              tower(), model, pixels, new PatchLayout(given.grids(images), images.merge()), trace);
      sight = new Sight(memory, layout);
    }
    trace.putAll(SeenTrace.text(model, tokens, sight));
    return trace;
  }

  /** Whether the model sees images. */
  boolean sees() {
    return model.architecture().images().isPresent();
  }

  Processor processor() throws CompotException {
    return Processor.of(checkpoint, images());
  }

  /** What it sees with, loaded when it is first needed. */
  VisionTower tower() throws CompotException {
    VisionTower loaded = tower;
    if (loaded == null) {
      loaded = VisionTower.load(model.architecture(), WeightLoader.of(checkpoint, computation));
      tower = loaded;
    }
    return loaded;
  }

  void requireFit(long[] ids) throws UsageException {
    Architecture architecture = model.architecture();
    int most = architecture.contextLength();
    if (ids.length == 0 || ids.length > most) {
      throw new UsageException(
          "%d tokens do not fit: from 1 to the model's %d".formatted(ids.length, most));
    }
    requireKnown(ids);
  }

  private void requireKnown(long[] ids) throws UsageException {
    Architecture architecture = model.architecture();
    for (long id : ids) {
      if (id < 0 || id >= architecture.vocabularySize()) {
        throw new UsageException(
            "token %d is not in the vocabulary, from 0 to %d"
                .formatted(id, architecture.vocabularySize() - 1));
      }
    }
  }

  CausalModel causal() {
    requireOpen();
    return model;
  }

  /**
   * The tokens of a text, with what the tokenizer adds around one (a beginning-of-text token, for
   * many models).
   */
  public List<Integer> encode(String text) throws CompotException {
    return Arrays.stream(tokenizer().encode(text, true)).mapToObj(Math::toIntExact).toList();
  }

  /** The text of tokens, without special ones; bytes that are no valid UTF-8 become U+FFFD. */
  public String decode(List<Integer> tokens) throws CompotException {
    requireOpen();
    requireKnown(tokens.stream().mapToLong(Integer::longValue).toArray());
    return text(tokens, true);
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException(
          "the model of %s is closed; load it again".formatted(checkpoint.folder()));
    }
  }

  private TextTokenizer tokenizer() throws CompotException {
    requireOpen();
    TextTokenizer opened = tokenizer;
    if (opened == null) {
      opened = checkpoint.tokenizer();
      tokenizer = opened;
    }
    return opened;
  }

  TextGenerator generator() throws CompotException {
    requireOpen();
    TextGenerator opened = generator;
    if (opened == null) {
      opened = new TextGenerator(model, tokenizer(), checkpoint.folder());
      generator = opened;
    }
    return opened;
  }

  /** Frees it all; what is asked of it afterwards is an {@link IllegalStateException}. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (generator != null) {
      generator.close();
    }
    if (tokenizer != null) {
      tokenizer.close();
    }
    if (tower != null) {
      tower.close();
    }
    model.close();
    checkpoint.close();
  }
}
