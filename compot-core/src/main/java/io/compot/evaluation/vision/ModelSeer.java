package io.compot.evaluation.vision;

import io.compot.chat.ChatTemplate;
import io.compot.chat.ChatTemplates;
import io.compot.chat.Conversation;
import io.compot.chat.PromptEncoder;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.generation.Generator;
import io.compot.generation.SamplingSettings;
import io.compot.generation.Sequence;
import io.compot.image.Picture;
import io.compot.image.SmartSize;
import io.compot.model.CausalModel;
import io.compot.model.VisionTower;
import io.compot.progress.StopRequest;
import io.compot.tensor.TensorScope;
import io.compot.text.PythonSpace;
import io.compot.tokenizer.TextTokenizer;
import io.compot.vision.ConversationImages;
import io.compot.vision.Processor;
import io.compot.vision.SeenPrompt;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;

/**
 * A model that answers as lmms-eval asks Qwen3-VL: a system message, images before text, always the
 * most likely next token; pictures in the sizes of {@code qwen_vl_utils}.
 */
public final class ModelSeer implements Seer, AutoCloseable {

  private static final String SYSTEM = "You are a helpful assistant.";
  private static final Clock SAME = Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);

  /** Tokens that pictures take at least and at most. */
  private static final long LEAST = 4;

  private static final long MOST = 16_384;

  private final CausalModel model;
  private final VisionTower tower;
  private final TextTokenizer tokenizer;
  private final Processor processor;
  private final ChatTemplates templates;
  private final PromptEncoder encoder;
  private final StopRequest stop;

  /**
   * A model with what belongs to it; all of that stays the caller's.
   *
   * @param folder of the model
   * @throws InputException where the model has no chat template
   */
  public ModelSeer(
      CausalModel model,
      VisionTower tower,
      TextTokenizer tokenizer,
      Processor processor,
      Path folder,
      StopRequest stop)
      throws InputException {
    this.model = model;
    this.tower = tower;
    this.tokenizer = tokenizer;
    this.stop = stop;
    long token = (long) processor.settings().size().factor() * processor.settings().size().factor();
    this.processor =
        new Processor(
            processor.images(),
            processor.settings().sized(LEAST * token, MOST * token, SmartSize.Rule.QWEN_VL_UTILS));
    this.templates =
        ChatTemplates.read(folder)
            .orElseThrow(() ->
                InputException.in(
                    folder,
                    "the model has no chat template, by which questions about images are asked",
                    "fetch chat_template.jinja from where the model is from"));
    this.encoder = new PromptEncoder(tokenizer);
  }

  /** What the model is given. */
  SeenPrompt prompt(List<Picture> images, String text) throws CompotException {
    Conversation conversation =
        Conversation.of(
            List.of(
                Conversation.message("system", SYSTEM),
                ConversationImages.message(
                    Collections.nCopies(images.size(), Path.of("image")), text)));
    ChatTemplate template = templates.of(conversation);
    return processor.prompt(encoder.encode(template, conversation, SAME), images);
  }

  @Override
  public String answer(List<Picture> images, String text, int maxTokens) throws CompotException {
    SeenPrompt prompt = prompt(images, text);
    var generator = new Generator(model);
    generator.check(prompt.tokens());
    var stops = new HashSet<>(model.architecture().endOfText());
    tokenizer.eosIds().forEach(id -> stops.add(id.longValue()));
    var settings = new Generator.Settings(maxTokens, SamplingSettings.greedy(), 0, stops);
    try (var _ = TensorScope.open();
        var sequence = new Sequence(model)) {
      sequence.see(prompt.tokens(), prompt.sight(tower), stop);
      stop.check();
      var result = generator.generate(sequence, settings, _ -> !stop.wanted());
      stop.check();
      long[] tokens = result.tokens().stream().mapToLong(Long::longValue).toArray();
      return PythonSpace.strip(tokenizer.decode(tokens, true));
    }
  }

  @Override
  public void close() {
    encoder.close();
  }
}
