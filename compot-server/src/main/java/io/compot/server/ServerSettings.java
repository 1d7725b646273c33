package io.compot.server;

import io.compot.server.api.ServingLimits;
import io.compot.server.http.HttpLimits;
import java.util.List;
import java.util.Set;

/**
 * How a server is to be reached, and by whom.
 *
 * @param host name or address to listen at
 * @param port 0 for any that is free
 * @param keys one of which a client has to have; none: anybody may ask
 * @param names further names that clients may call the server by, in {@code Host}
 * @param waiting most requests that may wait beside those that are answered
 * @param working most requests that are answered at once
 * @param bodies whether the log has what clients ask
 */
public record ServerSettings(
    String host,
    int port,
    List<String> keys,
    Set<String> names,
    int waiting,
    int working,
    boolean bodies,
    HttpLimits http,
    ServingLimits serving) {

  public ServerSettings {
    keys = List.copyOf(keys);
    names = Set.copyOf(names);
  }

  /** At the loopback address, for anybody on this machine. */
  public static ServerSettings local(int port) {
    return new ServerSettings(
        "127.0.0.1",
        port,
        List.of(),
        Set.of(),
        64,
        8,
        false,
        HttpLimits.defaults(),
        ServingLimits.defaults());
  }

  /** The same for those alone who have one of these keys. */
  public ServerSettings withKeys(List<String> some) {
    return new ServerSettings(host, port, some, names, waiting, working, bodies, http, serving);
  }

  /** The same with other bounds of what waits and works at once. */
  public ServerSettings withQueue(int most, int atOnce) {
    return new ServerSettings(host, port, keys, names, most, atOnce, bodies, http, serving);
  }

  /** The same with other limits. */
  public ServerSettings withLimits(HttpLimits of, ServingLimits and) {
    return new ServerSettings(host, port, keys, names, waiting, working, bodies, of, and);
  }
}
