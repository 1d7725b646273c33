package io.compot.cli;

import io.compot.Computation;
import io.compot.SpeechModel;
import io.compot.Transcript;
import io.compot.error.CompotException;
import io.compot.progress.StopRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compot transcribe}. */
@Command(
    name = "transcribe",
    header = "Let a model write down what it hears.",
    description =
        "Prints the text of each file of sound, a line each, as the model finds it most likely. A"
            + " file may be as long as the model hears at once: half a minute.",
    customSynopsis = "compot transcribe MODEL AUDIO... [OPTIONS]",
    sortOptions = false,
    footer = {"", "Example:", "  compot transcribe whisper-tiny.en speech.wav"})
final class TranscribeCommand implements Callable<Integer> {

  @Parameters(
      index = "0",
      paramLabel = "MODEL",
      description = "Folder of a model that hears, dense or compressed.")
  private Path model;

  @Parameters(
      index = "1..*",
      arity = "1..*",
      paramLabel = "AUDIO",
      description = "Files of sound, WAV or FLAC, of any rate.")
  private List<Path> audio = List.of();

  @Option(
      names = "--language",
      paramLabel = "CODE",
      description =
          "What is spoken, such as en, for a model of several languages; what the model takes it"
              + " for where nothing is said.")
  private @Nullable String language;

  @Option(
      names = "--task",
      paramLabel = "NAME",
      description = "transcribe (default) or translate, into English, for such a model.")
  private @Nullable String task;

  @Option(
      names = "--dtype",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "Compute in auto (bf16 for models stored in bf16, else f32), f32 or bf16."
              + " Default: ${DEFAULT-VALUE}.")
  private String dtype = "auto";

  @Option(
      names = "--json",
      description = "Print texts, tokens and seconds as JSON when done, and nothing else.")
  private boolean json;

  @Mixin private OutputOptions outputOptions;

  private final Screen screen;

  TranscribeCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws CompotException {
    Screen results = outputOptions.results(screen, json);
    List<Map<String, Object>> all = new ArrayList<>();
    try (SpeechModel loaded = SpeechModel.load(model, Computation.named(dtype))) {
      for (Path file : audio) {
        Transcript transcript =
            loaded.transcribe(
                file,
                Optional.ofNullable(language),
                Optional.ofNullable(task),
                StopRequest.never());
        results.line(transcript.text().strip());
        all.add(json(file, transcript));
      }
    }
    if (json) {
      Json.print(screen, Map.of("transcripts", all));
    }
    return 0;
  }

  private static Map<String, Object> json(Path file, Transcript transcript) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("audio", file.toString());
    one.put("text", transcript.text());
    one.put("tokens", transcript.tokens());
    one.put("seconds", transcript.seconds());
    transcript.language().ifPresent(code -> one.put("language", code));
    return one;
  }
}
