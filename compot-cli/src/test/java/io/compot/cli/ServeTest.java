package io.compot.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The command as a process: where it listens, whom it lets in, how it ends. */
class ServeTest {

  private static final Path DEMO = Path.of("..", "demo", "model").toAbsolutePath().normalize();

  @TempDir private Path folder;

  private static HttpRequest.Builder to(String base, String path) {
    return HttpRequest.newBuilder(URI.create(base + path)).header("Authorization", "Bearer secret");
  }

  private static HttpRequest completion(String base, int tokens) {
    return to(base, "/v1/completions")
        .header("Content-Type", "application/json")
        .POST(
            HttpRequest.BodyPublishers.ofString(
                "{\"prompt\":\"Once\",\"n\":8,\"logit_bias\":{\"0\":-100},\"max_tokens\":"
                    + tokens
                    + "}"))
        .build();
  }

  @Test
  @DisabledOnOs(OS.WINDOWS) // has no such signals
  void finishesWhatRunsWhenItIsToEnd() throws Exception {
    Path log = folder.resolve("log");
    Path keys = Files.writeString(folder.resolve("keys"), "# ours\nsecret\n");
    CompotProcess served =
        CompotProcess.start(log, "serve", DEMO, "--port", "0", "--api-key-file", keys);
    try (HttpClient client = HttpClient.newHttpClient()) {
      String base = address(served, log);
      assertThat(base).startsWith("http://127.0.0.1:");
      var text = HttpResponse.BodyHandlers.ofString();
      var open = HttpRequest.newBuilder(URI.create(base + "/v1/models")).build();
      assertThat(client.send(open, text).statusCode()).isEqualTo(401);
      assertThat(client.send(to(base, "/").build(), text).body()).contains("<title>Compot</title>");
      CompletableFuture<HttpResponse<String>> running =
          client.sendAsync(completion(base, 120), text);
      while (!client.send(to(base, "/metrics").build(), text).body().contains("inside 1.0")) {
        assertThat(running).as("too fast to be caught").isNotDone();
      }
      served.signal("TERM");
      assertThat(running.join().statusCode()).isEqualTo(200);
      served.finish();
    } finally {
      served.kill();
    }
  }

  private static String address(CompotProcess served, Path log)
      throws IOException, InterruptedException {
    for (int i = 0; i < 3000 && served.isAlive(); i++) {
      Optional<String> line =
          Files.readAllLines(log).stream().filter(each -> each.startsWith("http")).findFirst();
      if (line.isPresent()) {
        return line.get();
      }
      Thread.sleep(20);
    }
    throw new AssertionError("it does not listen: " + Files.readString(log));
  }

  @Test
  void refusesInOneLine() throws Exception {
    Path empty = Files.writeString(folder.resolve("keys"), "# none\n");
    refused(3, "no key", DEMO, "--api-key-file", empty);
    refused(2, "--port 70000", DEMO, "--port", "70000");
    refused(2, "--cache-memory", DEMO, "--cache-memory", "10");
    refused(1, "cannot listen at 192.0.2.1", DEMO, "--host", "192.0.2.1");
    refused(3, "there is no such folder", folder.resolve("nowhere"));
  }

  private static void refused(int code, String why, Object... arguments) {
    Object[] all = new Object[arguments.length + 1];
    all[0] = "serve";
    System.arraycopy(arguments, 0, all, 1, arguments.length);
    Ran ran = Ran.compot(all);
    assertThat(ran.code()).as(ran.err()).isEqualTo(code);
    assertThat(ran.out()).isEmpty();
    assertThat(ran.errLines().getFirst()).contains(why);
  }
}
