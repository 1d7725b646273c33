package io.compot.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.server.api.ServingLimits;
import io.compot.server.http.HttpLimits;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompotServerTest {

  private static final String LONG =
      "{\"messages\":[{\"role\":\"user\",\"content\":\"Once\"}],\"max_tokens\":4000,"
          + "\"logit_bias\":{\"0\":-100}%s}";

  @TempDir private Path folder;

  private static void waitFor(BooleanSupplier holds) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime()).as("in time").isLessThan(end);
      Thread.sleep(5);
    }
  }

  /** Sends bytes as they are and reads until the server closes. */
  private static String raw(ServedDemo demo, String request) throws IOException {
    try (Socket socket = open(demo, request)) {
      socket.setSoTimeout(20_000);
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static Socket open(ServedDemo demo, String request) throws IOException {
    var socket = new Socket(InetAddress.getLoopbackAddress(), demo.server.address().getPort());
    socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
    socket.getOutputStream().flush();
    return socket;
  }

  private static String post(String path, String body, String headers) {
    return "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n%sContent-Length: %d\r\n\r\n%s"
        .formatted(path, headers, body.getBytes(StandardCharsets.UTF_8).length, body);
  }

  @Test
  void answersErrorsWithTheirObject() throws Exception {
    try (var demo = ServedDemo.start(folder)) {
      var models = demo.get("/v1/models");
      assertThat(Json.at(models.body(), "data.0.id")).isEqualTo("stub");
      assertThat(demo.get("/models").body()).isEqualTo(models.body());
      assertThat(Json.at(demo.get("/v1/models/stub").body(), "object")).isEqualTo("model");
      error(demo.get("/v1/models/nope"), 404, "model_not_found");
      error(demo.post("/v1/responses", "{}"), 404, "unknown_url");
      error(demo.get("/v1/chat/completions"), 405, "method_not_allowed");
      error(
          demo.post("/v1/chat/completions", LONG.formatted(",\"model\":\"x\"")),
          404,
          "model_not_found");
      error(demo.post("/v1/chat/completions", "{\"messages\":"), 400, "null");
      error(demo.post("/v1/chat/completions", "[]"), 400, "null");
      var form =
          HttpRequest.newBuilder(demo.uri("/v1/completions"))
              .header("Content-Type", "text/plain")
              .POST(HttpRequest.BodyPublishers.ofString("{\"prompt\":\"x\"}"));
      error(demo.send(form), 415, "null");
      assertThat(Json.at(demo.get("/health").body(), "status")).isEqualTo("ok");
      assertThat(demo.get("/metrics").body())
          .contains("compot_requests_seconds_count{route=\"/models\",status=\"200\"} 2")
          .contains("compot_model_writing{model=\"stub\"} 0");
    }
  }

  private static void error(HttpResponse<String> response, int status, String code)
      throws Exception {
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(Json.at(response.body(), "error.code")).isEqualTo(code);
    assertThat((String) Json.at(response.body(), "error.message")).isNotEmpty();
    assertThat(Json.at(response.body(), "error.type")).isEqualTo("invalid_request_error");
    assertThat(response.headers().firstValue("Access-Control-Allow-Origin")).isEmpty();
  }

  @Test
  void pagesOfOthersAndReboundNamesGetNothing() throws Exception {
    try (var demo = ServedDemo.start(folder)) {
      int port = demo.server.address().getPort();
      assertThat(raw(demo, get("evil.example", ""))).startsWith("HTTP/1.1 403");
      assertThat(raw(demo, get("evil.example:" + port, ""))).startsWith("HTTP/1.1 403");
      assertThat(raw(demo, "GET /v1/models HTTP/1.1\r\nConnection: close\r\n\r\n"))
          .startsWith("HTTP/1.1 403");
      for (String host : List.of("localhost:" + port, "127.0.0.1", "[::1]:" + port, "LOCALHOST")) {
        assertThat(raw(demo, get(host, ""))).as(host).startsWith("HTTP/1.1 200");
      }
      assertThat(raw(demo, get("localhost:1", "Origin: http://localhost:1\r\n")))
          .startsWith("HTTP/1.1 200");
      for (String origin : List.of("http://evil.example", "null", "http://localhost:2")) {
        assertThat(raw(demo, get("localhost:1", "Origin: " + origin + "\r\n")))
            .as(origin)
            .startsWith("HTTP/1.1 403");
      }
    }
  }

  private static String get(String host, String headers) {
    return "GET /v1/models HTTP/1.1\r\nHost: %s\r\n%sConnection: close\r\n\r\n"
        .formatted(host, headers);
  }

  @Test
  void asksForTheKey() throws Exception {
    try (var demo = ServedDemo.start(folder, it -> it.withKeys(List.of("one", "two")))) {
      error(demo.get("/v1/models"), 401, "invalid_api_key");
      error(demo.get("/v1/models", "Authorization", "Bearer on"), 401, "invalid_api_key");
      error(demo.post("/v1/completions", "{\"prompt\":\"x\"}"), 401, "invalid_api_key");
      error(demo.get("/metrics"), 401, "invalid_api_key");
      assertThat(demo.get("/v1/models", "Authorization", "Bearer two").statusCode()).isEqualTo(200);
      assertThat(demo.get("/health").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void boundsWhatItTakes() throws Exception {
    var http =
        new HttpLimits(
            1000, 2, Duration.ofMillis(300), Duration.ofMillis(600), Duration.ofSeconds(5));
    try (var demo = ServedDemo.start(folder, it -> it.withLimits(http, ServingLimits.defaults()))) {
      String large = raw(demo, post("/v1/completions", "x".repeat(1001), ""));
      assertThat(large).startsWith("HTTP/1.1 413").contains("1,000 bytes");
      assertThat(raw(demo, "no HTTP at all\r\n\r\n")).startsWith("HTTP/1.1 400");
      // A request that comes too slowly, a connection that asks nothing, one connection too many.
      assertThat(raw(demo, "GET / HTTP/1.1\r\nHost: loc")).isEmpty();
      assertThat(raw(demo, "")).isEmpty();
      try (Socket one = open(demo, "GET ");
          Socket two = open(demo, "GET ")) {
        assertThat(one.isConnected() && two.isConnected()).isTrue();
        assertThat(raw(demo, "")).isEmpty();
      }
    }
  }

  @Test
  void endsTheWorkOfThoseWhoHaveGone() throws Exception {
    try (var demo = ServedDemo.start(folder)) {
      for (String stream : List.of("", ",\"stream\":true")) {
        Socket socket = open(demo, post("/v1/chat/completions", LONG.formatted(stream), ""));
        waitFor(() -> demo.model.state().writing() == 1);
        socket.close();
        waitFor(() -> demo.server.inside() == 0 && demo.model.state().writing() == 0);
      }
      assertThat(demo.get("/health").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void sendsNobodyAwayBeforeTheQueueIsFull() throws Exception {
    try (var demo = ServedDemo.start(folder, it -> it.withQueue(1, 1))) {
      Socket first = open(demo, post("/v1/chat/completions", LONG.formatted(""), ""));
      Socket second = open(demo, post("/v1/chat/completions", LONG.formatted(""), ""));
      waitFor(() -> demo.server.inside() == 2);
      var third = demo.post("/v1/chat/completions", LONG.formatted(""));
      assertThat(third.statusCode()).isEqualTo(429);
      assertThat(third.headers().firstValueAsLong("Retry-After").orElse(0)).isPositive();
      assertThat(Json.at(third.body(), "error.type")).isEqualTo("rate_limit_error");
      first.close();
      second.close();
      waitFor(() -> demo.server.inside() == 0);
    }
  }

  @Test
  void finishesWhatRunsAndTakesNothingNew() throws Exception {
    try (var demo = ServedDemo.start(folder)) {
      var running =
          CompletableFuture.supplyAsync(() -> {
            try {
              return demo.post("/v1/chat/completions", LONG.formatted("").replace("4000", "300"));
            } catch (Exception e) {
              throw new IllegalStateException(e);
            }
          });
      waitFor(() -> demo.server.inside() == 1);
      var drained = CompletableFuture.supplyAsync(() -> demo.server.drain(Duration.ofSeconds(20)));
      waitFor(() -> statusOf(demo, "/health") == 503);
      var refused = demo.post("/v1/chat/completions", LONG.formatted(""));
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(drained.join()).isTrue();
      assertThat(Json.number(running.join().body(), "usage.completion_tokens")).isEqualTo(300);
    }
  }

  private static int statusOf(ServedDemo demo, String path) {
    try {
      return demo.get(path).statusCode();
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatTakesTooLongEndsAsItIs() throws Exception {
    var serving = ServingLimits.defaults().with(4096, Duration.ofMillis(300));
    try (var demo = ServedDemo.start(folder, it -> it.withLimits(HttpLimits.defaults(), serving))) {
      String body = demo.post("/v1/chat/completions", LONG.formatted("")).body();
      assertThat(Json.at(body, "choices.0.finish_reason")).isEqualTo("length");
      assertThat(Json.number(body, "usage.completion_tokens")).isBetween(1.0, 3999.0);
      // Of probabilities there are all or none.
      String ids = "[" + "5,".repeat(4000) + "5]";
      var scored =
          demo.post(
              "/v1/completions",
              "{\"prompt\":[%s],\"max_tokens\":1,\"echo\":true,\"logprobs\":1}"
                  .formatted(String.join(",", Collections.nCopies(8, ids))));
      assertThat(scored.statusCode()).isEqualTo(500);
      assertThat((String) Json.at(scored.body(), "error.message")).contains("too long");
    }
  }

  @Test
  void answersRequestsThatWereSentAtOnceInTheirOrder() throws Exception {
    try (var demo = ServedDemo.start(folder)) {
      String two =
          "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
              + get("localhost", "").replace("/v1/models", "/v1/models/nope");
      try (Socket socket = open(demo, two);
          InputStream in = socket.getInputStream()) {
        String both = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        assertThat(both).containsSubsequence("HTTP/1.1 200", "ok", "HTTP/1.1 404", "nope");
      }
    }
  }
}
