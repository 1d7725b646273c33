package io.compot.server;

import io.compot.server.api.ApiException;
import io.compot.server.api.ChatEndpoint;
import io.compot.server.api.CompletionEndpoint;
import io.compot.server.api.Fields;
import io.compot.server.api.PartingEndpoint;
import io.compot.server.api.ServedModels;
import io.compot.server.http.Exchange;
import io.compot.server.http.GoneException;
import io.compot.server.http.HttpHandler;
import io.compot.server.http.Reply;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** From paths to answers, and from what goes wrong to OpenAI's error object. */
final class Router implements HttpHandler {

  private static final Logger LOG = LoggerFactory.getLogger(Router.class);

  private static final String MODELS = "/models/";
  private static final String REPORTS = "/reports/";

  private final ServedModels models;
  private final Gate gate;
  private final Admission admission;
  private final Metrics metrics;
  private final boolean bodies;
  private final Page page;
  private final PartingEndpoint parting;
  private final ChatEndpoint chat;
  private final CompletionEndpoint completion;

  Router(
      ServedModels models,
      Gate gate,
      Admission admission,
      Metrics metrics,
      ServerSettings settings) {
    this.models = models;
    this.gate = gate;
    this.admission = admission;
    this.metrics = metrics;
    this.bodies = settings.bodies();
    this.page = new Page(models);
    this.parting = new PartingEndpoint(models, settings.serving());
    this.chat = new ChatEndpoint(models, settings.serving(), metrics);
    this.completion = new CompletionEndpoint(models, settings.serving(), metrics);
  }

  @Override
  public void handle(Exchange exchange) throws GoneException {
    long start = System.nanoTime();
    String route = route(exchange.path());
    int status = 200;
    try {
      answer(exchange, route);
    } catch (ApiException refused) {
      status = refused.status();
      refuse(exchange, refused);
    } catch (GoneException gone) {
      status = 499; // as nginx calls it
      throw gone;
    } catch (RuntimeException | Error unforeseen) {
      status = 500;
      LOG.error("{} {}", exchange.method(), route, unforeseen);
      refuse(exchange, internal());
    } finally {
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      metrics.answered(route, status, time);
      LOG.info("{} {} {} {} ms", exchange.method(), route, status, time.toMillis());
    }
  }

  private static ApiException internal() {
    return new ApiException(
        500, "server_error", null, null, "an internal error; the server's log says more");
  }

  private static void refuse(Exchange exchange, ApiException refused) throws GoneException {
    if (exchange.begun()) {
      exchange.closeAfterwards();
      return;
    }
    Reply reply = Reply.json(refused.status(), refused.body());
    exchange.reply(
        switch (refused.status()) {
          case 401 -> reply.with("WWW-Authenticate", "Bearer");
          case 429, 503 -> reply.with("Retry-After", Integer.toString(retryAfter()));
          default -> reply;
        });
  }

  /** Some seconds, not the same for all who were refused at once. */
  private static int retryAfter() {
    return ThreadLocalRandom.current().nextInt(1, 6);
  }

  /** The name under which a path is measured and logged. */
  private static String route(String path) {
    String plain = path.startsWith("/v1/") ? path.substring(3) : path;
    return switch (plain) {
      case "/chat/completions", "/completions", "/parting", "/models", "/health", "/metrics" ->
          plain;
      default -> {
        if (Page.has(path)) {
          yield path;
        }
        yield plain.startsWith(MODELS)
            ? "/models/{id}"
            : path.startsWith(REPORTS) ? "/reports/{id}" : "other";
      }
    };
  }

  private void answer(Exchange exchange, String route) throws ApiException, GoneException {
    gate.checkOrigin(exchange);
    if (exchange.method().equals("OPTIONS")) {
      exchange.reply(Reply.empty(204).with("Allow", "GET, POST, OPTIONS"));
      return;
    }
    switch (route) {
      case "/health" -> {
        require(exchange, "GET");
        health(exchange);
      }
      case "/metrics" -> {
        require(exchange, "GET");
        gate.checkKey(exchange);
        exchange.reply(Reply.text(200, Metrics.TYPE, metrics.text()));
      }
      case "/models" -> {
        require(exchange, "GET");
        gate.checkKey(exchange);
        exchange.reply(Reply.json(200, models.list()));
      }
      case "/models/{id}" -> {
        require(exchange, "GET");
        gate.checkKey(exchange);
        exchange.reply(Reply.json(200, models.named(behind(MODELS, exchange)).entry()));
      }
      case "/reports/{id}" -> {
        require(exchange, "GET");
        gate.checkKey(exchange);
        exchange.reply(page.report(behind(REPORTS, exchange)));
      }
      case "/parting" -> work(exchange, parting::answer);
      case "/chat/completions" -> work(exchange, chat::answer);
      case "/completions" -> work(exchange, completion::answer);
      case "other" ->
          throw ApiException.notFound(
              "unknown_url",
              "Unknown request URL: %s %s".formatted(exchange.method(), exchange.path()));
      default -> {
        require(exchange, "GET");
        exchange.reply(page.of(exchange.path()));
      }
    }
  }

  private static String behind(String prefix, Exchange exchange) {
    String path = exchange.path();
    return path.substring(path.indexOf(prefix) + prefix.length());
  }

  private void health(Exchange exchange) throws GoneException {
    exchange.reply(
        admission.closed()
            ? Reply.json(503, Map.of("status", "ending"))
            : Reply.json(200, Map.of("status", "ok")));
  }

  /** Answers a request that makes a model work. */
  private interface Work {
    void answer(Exchange exchange, Fields fields) throws ApiException, GoneException;
  }

  private void work(Exchange exchange, Work work) throws ApiException, GoneException {
    require(exchange, "POST");
    gate.checkKey(exchange);
    String type = exchange.header("Content-Type").orElse("").toLowerCase(Locale.ROOT);
    if (!List.of("application/json").contains(type.split(";", 2)[0].strip())) {
      throw new ApiException(
          415, "invalid_request_error", null, null, "send Content-Type: application/json");
    }
    admission.enter();
    try {
      byte[] body = exchange.body();
      if (bodies) {
        LOG.info("asked: {}", new String(body, StandardCharsets.UTF_8));
      }
      work.answer(exchange, Fields.read(body));
    } finally {
      admission.leave();
    }
  }

  private static void require(Exchange exchange, String method) throws ApiException {
    if (!exchange.method().equals(method)) {
      throw new ApiException(
          405,
          "invalid_request_error",
          null,
          "method_not_allowed",
          "%s takes %s only".formatted(exchange.path(), method));
    }
  }

  @Override
  public Reply refuse(int status, String why) {
    return Reply.json(
        status, new ApiException(status, "invalid_request_error", null, null, why).body());
  }
}
