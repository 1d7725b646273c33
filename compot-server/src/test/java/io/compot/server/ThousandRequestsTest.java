package io.compot.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Many requests, a tenth of whose clients go away: memory stays flat, nothing goes on. */
class ThousandRequestsTest {

  private static final int CLIENTS = 8;

  /** What the allocator holds back of many threads differs by so much from time to time. */
  private static final long SLACK_KB = 160_000;

  @TempDir private Path folder;

  @Test
  @EnabledOnOs(OS.LINUX)
  void leaveMemoryFlatAndNothingRunning() throws Exception {
    leave(100, 300);
  }

  /** The long form. */
  @Tag("reliability")
  @Test
  @EnabledOnOs(OS.LINUX)
  void aThousandLeaveMemoryFlatAndNothingRunning() throws Exception {
    leave(200, 1000);
  }

  private void leave(int first, int all) throws Exception {
    var answered = new AtomicInteger();
    var left = new AtomicInteger();
    try (var demo = ServedDemo.start(folder)) {
      run(demo, 0, first, answered, left);
      long before = residentKb(demo);
      int threads = Thread.activeCount();
      run(demo, first, all, answered, left);
      assertThat(answered.get()).isEqualTo(all - all / 10);
      assertThat(left.get()).isEqualTo(all / 10);
      for (int i = 0; demo.server.inside() > 0 || demo.model.state().writing() > 0; i++) {
        assertThat(i).as("still running").isLessThan(500);
        Thread.sleep(10);
      }
      assertThat(demo.model.state().waiting() + demo.model.state().reading()).isZero();
      assertThat(demo.model.state().reservedBytes()).isZero();
      assertThat(residentKb(demo)).as("resident kB").isLessThan(before + SLACK_KB);
      assertThat(Thread.activeCount()).isLessThanOrEqualTo(threads + CLIENTS);
    }
  }

  private static void run(
      ServedDemo demo, int from, int to, AtomicInteger answered, AtomicInteger left)
      throws Exception {
    var next = new AtomicInteger(from);
    try (var clients = Executors.newFixedThreadPool(CLIENTS)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        all.add(
            clients.submit(() -> {
              for (int n = next.getAndIncrement(); n < to; n = next.getAndIncrement()) {
                if (n % 10 == 3) {
                  leave(demo, n);
                  left.incrementAndGet();
                } else {
                  answer(demo, n);
                  answered.incrementAndGet();
                }
              }
              return null;
            }));
      }
      for (Future<?> each : all) {
        each.get();
      }
    }
  }

  private static String body(int n, int tokens) {
    return "{\"messages\":[{\"role\":\"user\",\"content\":\"%s %d\"}],\"max_tokens\":%d,\"stream\":%s,\"logit_bias\":{\"0\":-100}}"
        .formatted("Tell me of ".repeat(n % 7 + 1), n, tokens, n % 2 == 0);
  }

  private static void answer(ServedDemo demo, int n) throws Exception {
    var response = demo.post("/v1/chat/completions", body(n, 4));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
  }

  /** Asks for a long answer, reads its beginning and goes away. */
  private static void leave(ServedDemo demo, int n) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(demo.uri("/v1/chat/completions"))
            .header("Content-Type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    body(n, 3000).replace("\"stream\":false", "\"stream\":true")))
            .build();
    HttpResponse<InputStream> response =
        demo.client.send(request, HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream in = response.body()) {
      assertThat(in.read()).isEqualTo('d');
    }
  }

  /** Without the Java heap and the kept beginnings, which grow to their limits because they may. */
  private static long residentKb(ServedDemo demo) throws Exception {
    System.gc();
    long mayGrow = Runtime.getRuntime().totalMemory() + demo.model.state().keptBytes();
    return residentKb() - mayGrow / 1024;
  }

  private static long residentKb() throws Exception {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> line.replaceAll("[^0-9]", ""))
        .mapToLong(Long::parseLong)
        .findFirst()
        .orElseThrow();
  }
}
