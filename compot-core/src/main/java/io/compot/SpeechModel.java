package io.compot;

import io.compot.audio.LogMel;
import io.compot.audio.Resampler;
import io.compot.audio.Sound;
import io.compot.audio.SoundFile;
import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.model.Architecture;
import io.compot.model.EncoderDecoder;
import io.compot.model.Stack;
import io.compot.model.WeightLoader;
import io.compot.progress.StopRequest;
import io.compot.safetensors.SafetensorsFile;
import io.compot.speech.SpeechSettings;
import io.compot.speech.Transcriber;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeLibraries;
import io.compot.tensor.TensorScope;
import io.compot.tokenizer.TextTokenizer;
import java.nio.file.Path;
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
      return Architecture.of(checkpoint).decoder().looksAt().isPresent();
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
      if (architecture.decoder().looksAt().isEmpty()) {
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
   * Writes down what is said in a file of sound, always with the most likely next token.
   *
   * @param audio WAV or FLAC of any rate, no longer than the model hears at once
   * @param language code of what is said; empty for what the model takes it for
   * @param task transcribe, or translate (into English) where the model can; empty for the former
   * @param stop looked at before each token
   * @throws CompotException where the file cannot be read, is too long, or model or tokenizer lack
   *     what it takes
   */
  public Transcript transcribe(
      Path audio, Optional<String> language, Optional<String> task, StopRequest stop)
      throws CompotException {
    Stack encoder = model.architecture().stacks().getFirst();
    var settings = SpeechSettings.of(checkpoint, model.architecture().contextLength());
    var mel = LogMel.of(checkpoint.folder(), Math.toIntExact(encoder.sampleShape().getFirst()));
    TextTokenizer texts = tokenizer();
    Sound sound = Resampler.to(mel.rate(), SoundFile.read(audio));
    if (sound.samples().length > mel.samples()) {
      throw InputException.in(
          audio,
          "it is %.1f seconds long, but the model hears %.0f at once"
              .formatted(sound.seconds(), mel.seconds()),
          "cut it into pieces, where nobody speaks");
    }
    try (var _ = TensorScope.open()) {
      var written =
          new Transcriber(model, settings)
              .write(mel.of(sound.samples()), language.orElse(null), task.orElse(null), stop);
      long[] ids = written.tokens().stream().mapToLong(Integer::longValue).toArray();
      return new Transcript(
          texts.decode(ids, true),
          written.tokens(),
          sound.seconds(),
          Optional.ofNullable(written.language()));
    }
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
