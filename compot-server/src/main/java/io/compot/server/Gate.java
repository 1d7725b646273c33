package io.compot.server;

import io.compot.server.api.ApiException;
import io.compot.server.http.Exchange;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Who may ask. A page of another site that a browser on this machine shows must not: requests that
 * call the server by a name that is not its own are refused (names can be rebound to this machine's
 * address), and those that say they come from another origin.
 */
final class Gate {

  private static final String BEARER = "Bearer ";

  private final Set<String> names = new HashSet<>();
  private final boolean anyName;
  private final List<byte[]> keys;

  Gate(ServerSettings settings, InetAddress bound) {
    // Who listens to the network has names that only others know; keys are what holds there.
    this.anyName = !bound.isLoopbackAddress() && settings.names().isEmpty();
    names.addAll(List.of("localhost", "127.0.0.1", "[::1]"));
    names.add(settings.host().toLowerCase(Locale.ROOT));
    settings.names().forEach(name -> names.add(name.toLowerCase(Locale.ROOT)));
    this.keys = settings.keys().stream().map(Gate::digest).toList();
  }

  /** Refuses who calls the server by another name, or comes from another origin. */
  void checkOrigin(Exchange exchange) throws ApiException {
    String host = exchange.header("Host").orElse("").toLowerCase(Locale.ROOT);
    if (!anyName && !names.contains(withoutPort(host))) {
      throw new ApiException(
          403,
          "invalid_request_error",
          null,
          "forbidden_host",
          "the server does not go by the name in Host; use localhost, or name it by --host-name");
    }
    Optional<String> origin = exchange.header("Origin");
    if (origin.isPresent() && !sameOrigin(origin.get().toLowerCase(Locale.ROOT), host)) {
      throw new ApiException(
          403,
          "invalid_request_error",
          null,
          "forbidden_origin",
          "pages of other origins may not use this server");
    }
  }

  /** Behind a proxy that speaks TLS, the page's scheme is not the server's. */
  private static boolean sameOrigin(String origin, String host) {
    return origin.equals("http://" + host) || origin.equals("https://" + host);
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    return colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
  }

  /** Refuses who has no key. */
  void checkKey(Exchange exchange) throws ApiException {
    if (keys.isEmpty()) {
      return;
    }
    String given = exchange.header("Authorization").orElse("");
    byte[] digest =
        digest(given.startsWith(BEARER) ? given.substring(BEARER.length()).strip() : "");
    boolean known = false;
    for (byte[] key : keys) {
      known |= MessageDigest.isEqual(key, digest); // all of them, in a time that tells nothing
    }
    if (!known) {
      throw new ApiException(
          401,
          "invalid_request_error",
          null,
          "invalid_api_key",
          "the API key is missing or wrong; send Authorization: Bearer KEY");
    }
  }

  private static byte[] digest(String key) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }
}
