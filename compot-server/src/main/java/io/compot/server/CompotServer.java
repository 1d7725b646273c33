package io.compot.server;

import io.compot.error.FailureException;
import io.compot.server.api.ServedModels;
import io.compot.server.http.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;

/**
 * Models behind OpenAI's protocol, and a page to talk to them.
 *
 * <pre>{@code
 * try (CompotServer server = CompotServer.start(models, ServerSettings.local(8080))) {
 *   ...
 *   server.drain(Duration.ofMinutes(1));
 * }
 * }</pre>
 */
public final class CompotServer implements AutoCloseable {

  private final HttpServer http;
  private final Admission admission;

  private CompotServer(HttpServer http, Admission admission) {
    this.http = http;
    this.admission = admission;
  }

  /**
   * Starts to listen.
   *
   * @param models stay the caller's, to be closed behind the server
   * @throws FailureException where the address cannot be used
   */
  public static CompotServer start(ServedModels models, ServerSettings settings)
      throws FailureException {
    InetAddress address;
    try {
      address = InetAddress.getByName(settings.host());
    } catch (UnknownHostException e) {
      throw new FailureException(
          "--host %s: there is no such name or address".formatted(settings.host()), e);
    }
    var admission = new Admission(settings.waiting() + settings.working());
    var router =
        new Router(
            models,
            new Gate(settings, address),
            admission,
            new Metrics(models, admission),
            settings);
    try {
      var http =
          HttpServer.start(
              new InetSocketAddress(address, settings.port()), router, settings.http());
      return new CompotServer(http, admission);
    } catch (IOException e) {
      throw new FailureException(
          "cannot listen at %s, port %d (%s); is another server there? give another --port"
              .formatted(settings.host(), settings.port(), e.getMessage()),
          e);
    }
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return http.address();
  }

  /** Requests that are being answered or wait. */
  public int inside() {
    return admission.inside();
  }

  /**
   * Refuses new work and waits for what is there.
   *
   * @return whether all of it was done in time
   */
  public boolean drain(Duration longest) {
    return admission.close(longest);
  }

  @Override
  public void close() {
    http.close();
  }
}
