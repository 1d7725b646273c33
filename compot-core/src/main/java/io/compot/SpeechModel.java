package io.compot;

import io.compot.audio.HeardSound;
import io.compot.audio.LogMel;
import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.evaluation.speech.SpeechEvaluation;
import io.compot.evaluation.speech.SpeechScores;
import io.compot.evaluation.speech.SpeechSet;
import io.compot.evaluation.speech.TextNormaliser;
import io.compot.model.Architecture;
import io.compot.model.EncoderDecoder;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.progress.ProgressListener;
import io.compot.progress.Run;
import io.compot.progress.StopRequest;
import io.compot.safetensors.SafetensorsFile;
import io.compot.speech.LongForm;
import io.compot.speech.LongFormRule;
import io.compot.speech.SpeechSettings;
import io.compot.speech.Transcriber;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeLibraries;
import io.compot.tensor.TensorScope;
import io.compot.tokenizer.TextTokenizer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A model that hears: an encoder of sound and a decoder that writes what was said. One thread uses
 * it at a time; closing it frees its memory.
 */
public final class SpeechModel implements AutoCloseable {

  private final ModelSource checkpoint;
  private final EncoderDecoder model;
  private @Nullable TextTokenizer tokenizer;

  private SpeechModel(ModelSource checkpoint, EncoderDecoder model) {
    this.checkpoint = checkpoint;
    this.model = model;
  }

  /** Whether a checkpoint folder holds a model that hears, as its configuration says. */
  public static boolean is(Path folder) throws CompotException {
    try (ModelSource checkpoint = Checkpoint.open(folder)) {
      return Architecture.of(checkpoint).hears();
    }
  }

  /**
   * Loads a checkpoint folder in Hugging Face layout, dense or compressed.
   *
   * @throws CompotException naming file, field or tensor where the folder is not acceptable, or
   *     that the model does not hear
   */
  public static SpeechModel load(Path folder, Computation computation) throws CompotException {
    ModelSource checkpoint = Checkpoint.open(folder);
    boolean loaded = false;
    try {
      NativeLibraries.load();
      Dtype type = computation.over(checkpoint);
      Architecture architecture = Architecture.of(checkpoint);
      if (!architecture.hears()) {
        throw InputException.in(
            folder, "the model reads text alone and does not hear", "give a model such as Whisper");
      }
      var model = EncoderDecoder.load(architecture, WeightLoader.of(checkpoint, type));
      loaded = true;
      return new SpeechModel(checkpoint, model);
    } finally {
      if (!loaded) {
        checkpoint.close();
      }
    }
  }

  /**
   * One forward pass over what is heard and the tokens that are written of it.
   *
   * @param inputs a safetensors file with the tokens of a sequence, {@code NAME.input_ids}, and the
   *     log-mel spectrogram that they belong to, {@code NAME.mel} or, where the name ends in a
   *     number, {@code waveN.mel}; [mels, frames]
   * @param sequence its name
   * @throws CompotException where they are not there or do not fit the model
   */
  public Forward forward(Path inputs, String sequence) throws CompotException {
    try (var file = SafetensorsFile.open(inputs);
        var _ = TensorScope.open()) {
      var given = new ForwardInputs(file, sequence);
      Architecture architecture = model.architecture();
      Tensor tokens = given.tokens(architecture.contextLength(), architecture.vocabularySize());
      Tensor heard = given.spectrogram(architecture.stacks().getFirst().sampleShape());
      return Forward.of(model.trace(heard, tokens));
    }
  }

  /**
   * Writes down what is said in a file of sound. What the model hears at once is written with
   * always the most likely next token; longer sound, or sound whose times are asked for, window by
   * window ({@link LongForm}).
   *
   * @param audio WAV or FLAC of any rate and length
   * @param listener hears of progress
   * @param stop looked at before each token
   * @throws CompotException where the file cannot be read, or model or tokenizer lack what it takes
   */
  public Transcript transcribe(
      Path audio, TranscriptionOptions options, ProgressListener listener, StopRequest stop)
      throws CompotException {
    Stack encoder = model.architecture().stacks().getFirst();
    var settings = SpeechSettings.of(checkpoint, model.architecture());
    var mel = LogMel.of(checkpoint.folder(), Math.toIntExact(encoder.sampleShape().getFirst()));
    TextTokenizer texts = tokenizer();
    String language = options.language().orElse(null);
    String task = options.task().orElse(null);
    try (HeardSound sound = HeardSound.open(audio, mel, stop);
        var _ = TensorScope.open()) {
      if (sound.whole() && !options.times()) {
        var written = new Transcriber(model, settings).write(sound.from(0), language, task, stop);
        return new Transcript(
            text(texts, written.tokens()),
            written.tokens(),
            sound.seconds(),
            Optional.ofNullable(written.language()),
            List.of());
      }
      var rule = LongFormRule.published().withCondition(options.follow());
      var told =
          new LongForm(model, settings, rule)
              .write(sound, audio, language, task, new Run(listener, stop, 0));
      List<TranscriptSegment> segments =
          told.segments().stream()
              .map(each ->
                  new TranscriptSegment(
                      each.start(),
                      Math.min(each.end(), sound.seconds()),
                      text(texts, each.tokens()),
                      each.tokens(),
                      each.temperature(),
                      each.logLikelihood(),
                      each.repetition(),
                      each.silence()))
              .toList();
      List<Integer> tokens = segments.stream().flatMap(each -> each.tokens().stream()).toList();
      return new Transcript(
          text(texts, tokens),
          tokens,
          sound.seconds(),
          Optional.ofNullable(told.language()),
          segments);
    }
  }

  /**
   * How well it writes down what is said.
   *
   * @param original a model of the same tokens that it is compared with; empty for none
   * @param language code of what is said; empty for what the model takes it for
   * @throws CompotException where a sound cannot be read or is longer than the model hears at once,
   *     or the original has other tokens
   */
  public SpeechScores evaluate(
      SpeechSet set,
      TextNormaliser normaliser,
      Optional<SpeechModel> original,
      Optional<String> language,
      ProgressListener listener,
      StopRequest stop)
      throws CompotException {
    EncoderDecoder other = original.map(each -> each.model).orElse(null);
    Architecture own = model.architecture();
    if (other != null && other.architecture().vocabularySize() != own.vocabularySize()) {
      throw InputException.in(
          checkpoint.folder(),
          "it has other tokens than the model that it is compared with",
          "compare it with the model that it was made of");
    }
    int bands = Math.toIntExact(own.stacks().getFirst().sampleShape().getFirst());
    var mel = LogMel.of(checkpoint.folder(), bands);
    var settings = SpeechSettings.of(checkpoint, own);
    return new SpeechEvaluation(model, settings, mel, tokenizer(), other)
        .of(set, normaliser, language.orElse(null), new Run(listener, stop, 0));
  }

  private static String text(TextTokenizer texts, List<Integer> tokens) {
    return texts.decode(tokens.stream().mapToLong(Integer::longValue).toArray(), true);
  }

  private TextTokenizer tokenizer() throws CompotException {
    TextTokenizer opened = tokenizer;
    if (opened == null) {
      opened = checkpoint.tokenizer();
      tokenizer = opened;
    }
    return opened;
  }

  @Override
  public void close() {
    if (tokenizer != null) {
      tokenizer.close();
    }
    model.close();
    checkpoint.close();
  }
}
