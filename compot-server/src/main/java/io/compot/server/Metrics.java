package io.compot.server;

import io.compot.Generation;
import io.compot.server.api.Observer;
import io.compot.server.api.ServedModel;
import io.compot.server.api.ServedModels;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Duration;
import java.util.function.ToDoubleFunction;
import java.util.stream.LongStream;

/** What is measured, in the text format of Prometheus. */
final class Metrics implements Observer {

  /** The media type of {@link #text}. */
  static final String TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private static final Duration[] BOUNDS =
      LongStream.of(10, 30, 100, 300, 1000, 3000, 10_000, 30_000)
          .mapToObj(Duration::ofMillis)
          .toArray(Duration[]::new);

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);

  Metrics(ServedModels models, Admission admission) {
    new JvmMemoryMetrics().bindTo(registry);
    Gauge.builder("compot.requests.inside", admission, Admission::inside)
        .description("Requests that are being answered or wait")
        .register(registry);
    for (ServedModel model : models.all()) {
      gauge(model, "waiting", "Jobs that wait for room", m -> m.model().state().waiting());
      gauge(model, "reading", "Prompts being read", m -> m.model().state().reading());
      gauge(model, "writing", "Texts in the making", m -> m.model().state().writing());
      gauge(
          model,
          "cache.reserved.bytes",
          "Caches that jobs may come to need",
          m -> m.model().state().reservedBytes());
      gauge(
          model,
          "cache.kept.bytes",
          "Caches that are kept for later prompts",
          m -> m.model().state().keptBytes());
    }
  }

  private void gauge(
      ServedModel model, String name, String help, ToDoubleFunction<ServedModel> value) {
    Gauge.builder("compot.model." + name, model, value)
        .description(help)
        .tag("model", model.id())
        .register(registry);
  }

  @Override
  public void generated(String model, Generation answer) {
    count(model, "prompt", answer.promptTokens().size() - answer.remembered());
    count(model, "remembered", answer.remembered());
    count(model, "written", answer.tokens().size());
    Timer.builder("compot.first.token")
        .description("From a request to the first token")
        .tag("model", model)
        .serviceLevelObjectives(BOUNDS)
        .register(registry)
        .record(answer.untilFirst());
  }

  private void count(String model, String kind, int tokens) {
    Counter.builder("compot.tokens")
        .description("Tokens of prompts that were computed or remembered, and tokens written")
        .tag("model", model)
        .tag("kind", kind)
        .register(registry)
        .increment(tokens);
  }

  /**
   * A request was answered.
   *
   * @param route one of the server's own, so that clients cannot invent any
   */
  void answered(String route, int status, Duration time) {
    Timer.builder("compot.requests")
        .description("Requests, by what was asked and answered")
        .tag("route", route)
        .tag("status", Integer.toString(status))
        .register(registry)
        .record(time);
  }

  String text() {
    return registry.scrape();
  }
}
