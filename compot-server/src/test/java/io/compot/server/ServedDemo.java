package io.compot.server;

import io.compot.Computation;
import io.compot.Model;
import io.compot.SharedModel;
import io.compot.generation.batch.BatchLimits;
import io.compot.server.api.ServedModel;
import io.compot.server.api.ServedModels;
import io.compot.testing.SeeingFixture;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/** The demo's model under a chat template, served at a free port. */
final class ServedDemo implements AutoCloseable {

  static final String TEMPLATE =
      "{% for m in messages %}{% if m.role not in ['system', 'user', 'assistant', 'tool'] %}"
          + "{{ raise_exception('unknown role ' + m.role) }}{% endif %}"
          + "{{ m.role + ': ' }}{{ m.content or '' }}{{ '\\n' }}{% endfor %}"
          + "{% if tools %}{{ tools | tojson }}{% endif %}"
          + "{% if add_generation_prompt %}assistant:{% endif %}";

  /** More than the model was made for, so that work can take its time. */
  static final int CONTEXT = 4096;

  private static final Path DEMO = Path.of("..", "demo", "model").toAbsolutePath().normalize();

  final Path folder;
  final SharedModel model;
  final CompotServer server;
  final HttpClient client = HttpClient.newHttpClient();

  private final List<SharedModel> all;

  private ServedDemo(Path folder, List<SharedModel> all, CompotServer server) {
    this.folder = folder;
    this.all = all;
    this.model = all.getFirst();
    this.server = server;
  }

  static ServedDemo start(Path where) throws Exception {
    return start(where, settings -> settings);
  }

  static ServedDemo start(Path where, UnaryOperator<ServerSettings> settings) throws Exception {
    return start(where, settings, List.of(served("stub", copy(where), Computation.AUTO)));
  }

  /** The same model twice, the first in BF16 and said to be compressed. */
  static ServedDemo startTwo(Path where) throws Exception {
    Path folder = copy(where);
    Files.writeString(folder.resolve("report.html"), "<!doctype html><title>a report</title>");
    return start(
        where,
        settings -> settings,
        List.of(
            served("smaller", folder, Computation.BF16),
            served("original", folder, Computation.F32)));
  }

  /** A model that sees. */
  static ServedDemo startSeeing(Path where) throws Exception {
    Path folder = SeeingFixture.model(where.resolve("model"));
    return start(where, settings -> settings, List.of(served("seeing", folder, Computation.F32)));
  }

  private static ServedDemo start(
      Path where, UnaryOperator<ServerSettings> settings, List<ServedModel> models)
      throws Exception {
    return new ServedDemo(
        where.resolve("model"),
        models.stream().map(ServedModel::model).toList(),
        CompotServer.start(new ServedModels(models), settings.apply(ServerSettings.local(0))));
  }

  private static ServedModel served(String id, Path folder, Computation computation)
      throws Exception {
    Path report = folder.resolve("report.html");
    return new ServedModel(
        id,
        SharedModel.of(Model.load(folder, computation), BatchLimits.defaults()),
        1,
        22_000_000,
        5_000_000,
        id.equals("smaller") ? Optional.of("compot") : Optional.empty(),
        id.equals("smaller") ? Optional.of(report) : Optional.empty());
  }

  static Path copy(Path where) throws IOException {
    Path folder = Files.createDirectories(where.resolve("model"));
    try (Stream<Path> files = Files.list(DEMO)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    Files.writeString(folder.resolve("chat_template.jinja"), TEMPLATE);
    Path config = folder.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config)
            .replaceFirst(
                "\"max_position_embeddings\": *\\d+", "\"max_position_embeddings\": " + CONTEXT));
    return folder;
  }

  URI uri(String path) {
    return URI.create("http://127.0.0.1:" + server.address().getPort() + path);
  }

  HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(uri(path));
    return send(headers.length == 0 ? request : request.headers(headers));
  }

  HttpResponse<String> post(String path, String body, String... headers) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri(path))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    return send(headers.length == 0 ? request : request.headers(headers));
  }

  HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
    return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  @Override
  public void close() {
    client.close();
    server.close();
    all.forEach(SharedModel::close);
  }
}
