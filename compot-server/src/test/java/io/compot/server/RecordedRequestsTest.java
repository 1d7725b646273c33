package io.compot.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.chat.JsonValues;
import io.compot.server.api.ServingLimits;
import io.compot.server.http.HttpLimits;
import io.compot.testing.SharedData;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests that real clients have sent, with all their headers, and what they need of an answer.
 */
class RecordedRequestsTest {

  /** What a client sets itself; and addresses. */
  private static final Set<String> OWN =
      Set.of("connection", "host", "content-length", "upgrade", "http2-settings");

  @TempDir private Path folder;

  @Test
  void areAnsweredOrRefusedAsTheyHaveToBe() throws Exception {
    Path recorded = SharedData.path("chat/conformance");
    List<Path> files;
    try (Stream<Path> all = Files.list(recorded)) {
      files = all.filter(file -> file.toString().matches(".*-[0-9.]+\\.json")).sorted().toList();
    }
    assertThat(files).hasSizeGreaterThanOrEqualTo(4);
    List<String> seen = new ArrayList<>();
    var brief = ServingLimits.defaults().with(16, Duration.ofMinutes(1));
    try (var demo = ServedDemo.start(folder, it -> it.withLimits(HttpLimits.defaults(), brief))) {
      for (Path file : files) {
        var top = (Map<?, ?>) JsonValues.parse(Files.readString(file));
        for (Object each : (List<?>) of(Objects.requireNonNull(top), "requests")) {
          var request = (Map<?, ?>) each;
          String name = file.getFileName() + " " + request.get("case");
          HttpResponse<String> response = replay(demo, request);
          check(name, request, response);
          seen.add(name);
        }
      }
    }
    assertThat(seen).hasSizeGreaterThan(70);
  }

  private static Object of(Map<?, ?> request, String field) {
    return Objects.requireNonNull(request.get(field));
  }

  private static HttpResponse<String> replay(ServedDemo demo, Map<?, ?> request) throws Exception {
    HttpRequest.Builder builder = HttpRequest.newBuilder(demo.uri((String) of(request, "path")));
    ((Map<?, ?>) of(request, "headers"))
        .forEach((name, value) -> {
          if (!OWN.contains(String.valueOf(name).toLowerCase(Locale.ROOT))) {
            builder.header(String.valueOf(name), String.valueOf(value));
          }
        });
    Object body = request.get("body");
    if (of(request, "method").equals("POST")) {
      String text = body == null ? "" : JsonValues.write(known(body));
      builder.POST(HttpRequest.BodyPublishers.ofString(text));
    }
    return demo.send(builder);
  }

  /** With tokens that the demo's model has, too. */
  private static Object known(Object body) {
    Map<Object, Object> copy = new LinkedHashMap<>((Map<?, ?>) body);
    if (copy.get("prompt") instanceof List<?> prompts) {
      copy.put("prompt", prompts.stream().map(RecordedRequestsTest::reduced).toList());
    }
    return copy;
  }

  private static Object reduced(Object prompt) {
    return switch (prompt) {
      case List<?> tokens -> tokens.stream().map(RecordedRequestsTest::reduced).toList();
      case Number token -> token.intValue() % 1000;
      default -> prompt;
    };
  }

  private static void check(String name, Map<?, ?> request, HttpResponse<String> response)
      throws Exception {
    String path = (String) of(request, "path");
    String said = request.get("body") == null ? "" : JsonValues.write(request.get("body"));
    int status = response.statusCode();
    if (path.startsWith("/v1/models")) {
      assertThat(status).as(name).isEqualTo(path.endsWith("/nope") ? 404 : 200);
    } else if (!path.endsWith("/completions")) {
      assertThat(status).as(name).isEqualTo(404); // embeddings, responses, the harness's probes
      assertThat(Json.at(response.body(), "error.code")).as(name).isEqualTo("unknown_url");
    } else if (said.contains("\"err") && !said.contains("\"stub\"")) {
      assertThat(status).as(name).isEqualTo(404);
      assertThat(Json.at(response.body(), "error.code")).as(name).isEqualTo("model_not_found");
    } else {
      assertThat(status).as(name + " " + response.body()).isEqualTo(200);
      if (said.contains("\"stream\":true")) {
        List<String> events = Json.events(response.body());
        boolean usage = said.contains("include_usage\":true");
        assertThat(events.getLast().contains("\"total_tokens\"")).as(name).isEqualTo(usage);
      } else {
        assertThat(Json.at(response.body(), "choices.0.finish_reason")).as(name).isNotNull();
        assertThat(Json.number(response.body(), "usage.total_tokens")).as(name).isPositive();
      }
    }
  }
}
