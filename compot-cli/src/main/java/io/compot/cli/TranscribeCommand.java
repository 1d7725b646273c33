package io.compot.cli;

import io.compot.Computation;
import io.compot.Sources;
import io.compot.SpeechModel;
import io.compot.TranscriptionOptions;
import io.compot.error.CompotException;
import io.compot.error.UsageException;
import io.compot.progress.StopRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
        "Prints the text of each file of sound, a line each. What the model hears at once (half a"
            + " minute) is written with always its most likely next token. Longer sound is heard"
            + " window by window: each begins where the last time was written and is told what was"
            + " said before; a text that repeats itself (its tokens compress to 1/1.35 or less) or is"
            + " unlikely (less than -1 nat a token) is written again at temperatures 0.2 to 1, and"
            + " where it is unlikely and silence has a likelihood above 0.6, nothing is written.",
    customSynopsis = "compot transcribe MODEL AUDIO... [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  compot transcribe whisper-tiny.en speech.wav",
      "  compot transcribe whisper-base talk.flac -o talk.srt --language en"
    })
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

  @Option(names = "--times", description = "Print when what was said, a line a segment.")
  private boolean times;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description =
          "Write FILE, too: .srt or .vtt (subtitles), .txt or .json, as its name ends. For one AUDIO;"
              + " may be given several times.")
  private List<Path> outputs = List.of();

  @Option(names = "--no-follow", description = "Tell no window of long sound what was said before.")
  private boolean alone;

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
      description =
          "Print texts, tokens, times and seconds as JSON when done, and nothing else; all of the text"
              + " is under text.")
  private boolean json;

  @Mixin private OutputOptions outputOptions;

  private final Screen screen;

  TranscribeCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws CompotException {
    Screen results = outputOptions.results(screen, json);
    requireOutputs();
    var options =
        new TranscriptionOptions(
            Optional.ofNullable(language),
            Optional.ofNullable(task),
            times || outputs.stream().anyMatch(TranscriptFile::hasTimes),
            !alone);
    List<TranscriptFile> all = new ArrayList<>();
    try (var progress = outputOptions.progress(screen);
        SpeechModel loaded = SpeechModel.load(model, Computation.named(dtype))) {
      for (Path file : audio) {
        var one =
            new TranscriptFile(
                file, loaded.transcribe(file, options, progress, StopRequest.never()));
        results.line(times ? one.timed() : one.transcript().text().strip());
        all.add(one);
      }
    }
    for (Path output : outputs) {
      all.getFirst().write(output);
    }
    if (json) {
      Json.print(screen, TranscriptFile.json(all));
    }
    return 0;
  }

  private void requireOutputs() throws CompotException {
    if (!outputs.isEmpty() && audio.size() > 1) {
      throw new UsageException("-o is for one file of sound; give them one at a time");
    }
    Sources kept = Sources.of(model).and("the sound", audio);
    for (Path output : outputs) {
      TranscriptFile.requireKind(output);
      kept.requireNot(output);
    }
  }
}
