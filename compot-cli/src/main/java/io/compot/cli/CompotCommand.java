package io.compot.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code compot} command itself: names its subcommands. */
@Command(
    name = "compot",
    description = "Makes Transformer models smaller after training.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      CompressCommand.class,
      PlanCommand.class,
      CompareCommand.class,
      EvalCommand.class,
      GenerateCommand.class,
      TranscribeCommand.class,
      ChatCommand.class,
      ServeCommand.class,
      InspectCommand.class,
      ExportCommand.class,
      ForwardCommand.class
    },
    footer = {
      "",
      "Start here:",
      "  compot demo",
      "  compot inspect my-model",
      "  compot compress my-model -o smaller --ratio 0.2 --calibration text.txt --eval heldout.txt",
      "  compot generate smaller --prompt \"Once upon a time\"",
      "",
      "A model is a folder in Hugging Face layout: config.json, *.safetensors, tokenizer.json.",
      "Exit codes: 0 done, 1 failure inside, 2 usage, 3 an input is not acceptable, 75 stopped and"
          + " resumable."
    })
final class CompotCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Override
  public Integer call() {
    CommandLine commandLine = spec.commandLine();
    throw new ParameterException(commandLine, "which command? compot demo shows them all at work");
  }
}
