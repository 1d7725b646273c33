package io.compot.cli;

import io.compot.Computation;
import io.compot.Model;
import io.compot.ModelSummary;
import io.compot.SharedModel;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.generation.batch.BatchLimits;
import io.compot.server.CompotServer;
import io.compot.server.ServerSettings;
import io.compot.server.api.ServedModel;
import io.compot.server.api.ServedModels;
import io.compot.server.api.ServingLimits;
import io.compot.server.http.HttpLimits;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compot serve}. */
@Command(
    name = "serve",
    header = "Serve a model: OpenAI's protocol, and a page to talk to it.",
    description = {
      "Any client of OpenAI's protocol can use it: its base URL is http://127.0.0.1:8080/v1. The page is at"
          + " http://127.0.0.1:8080/.",
      "",
      "Ctrl-C or SIGTERM finish what runs and take nothing new; a second one ends at once."
    },
    customSynopsis = "compot serve MODEL [--beside ORIGINAL] [OPTIONS]",
    sortOptions = false,
    footer = {
      "",
      "Examples:",
      "  compot serve smaller",
      "  compot serve smaller --beside original --port 9000",
      "  compot serve smaller --host 0.0.0.0 --api-key-file keys.txt"
    })
final class ServeCommand implements Callable<Integer> {

  private static final int MOST_PORT = 65_535;

  @Parameters(paramLabel = "MODEL", description = "Folder of the model, dense or compressed.")
  private Path model;

  @Option(
      names = "--beside",
      paramLabel = "ORIGINAL",
      description = "Serve this model, too: the page asks both, and shows where they part.")
  private @Nullable Path beside;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8080",
      description = "0: any that is free. Default: ${DEFAULT-VALUE}.")
  private int port;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description =
          "Where to listen; 0.0.0.0 for all networks. Default: ${DEFAULT-VALUE}, this machine alone.")
  private String host = "127.0.0.1";

  @Option(
      names = "--host-name",
      paramLabel = "NAME",
      description =
          "A name that clients may call the server by, beside localhost; may be given several times.")
  private List<String> names = List.of();

  @Option(
      names = "--api-key-file",
      paramLabel = "FILE",
      description = "Answer only who has one of the keys in FILE, one a line.")
  private @Nullable Path keyFile;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "What clients call the model. Default: the name of its folder.")
  private @Nullable String name;

  @Option(
      names = "--parallel",
      paramLabel = "N",
      defaultValue = "8",
      description = "Answers in the making at once. Default: ${DEFAULT-VALUE}.")
  private int parallel;

  @Option(
      names = "--queue",
      paramLabel = "N",
      defaultValue = "64",
      description =
          "Requests that may wait beside them; further ones get 429. Default: ${DEFAULT-VALUE}.")
  private int queue;

  @Option(
      names = "--cache-memory",
      paramLabel = "SIZE",
      defaultValue = "1GiB",
      converter = ByteSize.class,
      description =
          "Memory for keys and values; who finds no room waits. Default: ${DEFAULT-VALUE}.")
  private long cacheMemory;

  @Option(
      names = "--max-tokens",
      paramLabel = "N",
      defaultValue = "4096",
      description = "Most tokens of an answer. Default: ${DEFAULT-VALUE}.")
  private int maxTokens;

  @Option(
      names = "--max-seconds",
      paramLabel = "N",
      defaultValue = "600",
      description =
          "Longest time that an answer may take; it ends as it is then. Default: ${DEFAULT-VALUE}.")
  private int maxSeconds;

  @Option(
      names = "--max-body",
      paramLabel = "SIZE",
      defaultValue = "8MiB",
      converter = ByteSize.class,
      description = "Largest request. Default: ${DEFAULT-VALUE}.")
  private long maxBody;

  @Option(
      names = "--dtype",
      paramLabel = "NAME",
      defaultValue = "auto",
      description =
          "Compute in auto (bf16 for models stored in bf16, else f32), f32 or bf16."
              + " Default: ${DEFAULT-VALUE}.")
  private String dtype = "auto";

  @Option(names = "--log-prompts", description = "Let the log (--log-file) have what clients ask.")
  private boolean logPrompts;

  @Mixin private OutputOptions outputOptions;

  private final Screen screen;

  ServeCommand(Screen screen) {
    this.screen = screen;
  }

  @Override
  public Integer call() throws CompotException {
    outputOptions.results(screen, false);
    ServerSettings settings = settings();
    List<ServedModel> served = new ArrayList<>();
    try {
      served.add(load(model, name == null ? folderName(model) : name));
      if (beside != null) {
        String own = folderName(beside);
        served.add(load(beside, own.equals(served.getFirst().id()) ? own + "-original" : own));
      }
      try (CompotServer server = CompotServer.start(new ServedModels(served), settings)) {
        tell(server, settings, served);
        untilEnded(server);
      }
      return 0;
    } finally {
      served.forEach(each -> each.model().close());
    }
  }

  private ServerSettings settings() throws CompotException {
    require("--port", port, 0, MOST_PORT);
    require("--parallel", parallel, 1, 1024);
    require("--queue", queue, 0, 100_000);
    require("--max-tokens", maxTokens, 1, Integer.MAX_VALUE);
    require("--max-seconds", maxSeconds, 1, 86_400);
    require("--max-body", maxBody, 1000, 1 << 30);
    require("--cache-memory", cacheMemory, 1 << 20, Long.MAX_VALUE);
    HttpLimits http = HttpLimits.defaults().withBody((int) maxBody);
    ServingLimits serving =
        ServingLimits.defaults().with(maxTokens, Duration.ofSeconds(maxSeconds));
    return new ServerSettings(
        host, port, keys(), Set.copyOf(names), queue, parallel, logPrompts, http, serving);
  }

  private static void require(String option, long value, long least, long most)
      throws UsageException {
    if (value < least || value > most) {
      throw new UsageException("%s %d is not from %d to %d".formatted(option, value, least, most));
    }
  }

  private List<String> keys() throws InputException {
    if (keyFile == null) {
      return List.of();
    }
    List<String> keys =
        ChatFiles.read(keyFile)
            .lines()
            .map(String::strip)
            .filter(line -> !line.isEmpty() && !line.startsWith("#"))
            .toList();
    if (keys.isEmpty()) {
      throw InputException.in(keyFile, "there is no key in it", "write one a line");
    }
    return keys;
  }

  private static String folderName(Path folder) {
    return String.valueOf(folder.toAbsolutePath().normalize().getFileName());
  }

  private ServedModel load(Path folder, String id) throws CompotException {
    ModelSummary summary = ModelSummary.of(folder);
    var limits =
        new BatchLimits(
            parallel,
            beside == null ? cacheMemory : cacheMemory / 2,
            BatchLimits.defaults().piece());
    Path report = folder.resolve("report.html");
    return new ServedModel(
        id,
        SharedModel.of(Model.load(folder, Computation.named(dtype)), limits),
        Instant.now().getEpochSecond(),
        summary.bytes(),
        summary.parameters(),
        Optional.ofNullable(summary.compression()).map(ModelSummary.CompressionFacts::method),
        Files.isRegularFile(report) ? Optional.of(report) : Optional.empty());
  }

  private void tell(CompotServer server, ServerSettings settings, List<ServedModel> served) {
    String shown = host.contains(":") ? "[" + host + "]" : host;
    for (ServedModel each : served) {
      screen.out().println("%s: %s".formatted(each.id(), Quantity.bytes(each.bytes())));
    }
    screen.out().println("http://%s:%d".formatted(shown, server.address().getPort()));
    screen.out().flush();
    if (!server.address().getAddress().isLoopbackAddress() && settings.keys().isEmpty()) {
      screen
          .err()
          .println("warning: whoever reaches this address may use the model; give --api-key-file");
    }
  }

  private void untilEnded(CompotServer server) {
    var asked = new CountDownLatch(1);
    for (String signal : List.of("INT", "TERM")) {
      Signals.handle(
          signal,
          _ -> {
            if (asked.getCount() == 0) {
              Runtime.getRuntime().halt(130);
            }
            asked.countDown();
          });
    }
    try {
      asked.await();
      if (server.inside() > 0) {
        screen
            .err()
            .println("finishing %d requests; again: end at once".formatted(server.inside()));
      }
      server.drain(Duration.ofSeconds(maxSeconds));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
