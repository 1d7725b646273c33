package io.compot.evaluation.task;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.checkpoint.Checkpoint;
import io.compot.evaluation.data.DataFile;
import io.compot.evaluation.request.PairEncoder;
import io.compot.evaluation.request.TokenRequest;
import io.compot.testing.SharedData;
import io.compot.text.rows.Row;
import io.compot.tokenizer.TextTokenizer;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The tokens of a real document of every task, and where the continuation begins. The expected ones
 * are not ours: strings by hand from the harness's task files, tokens by a few lines of Python that
 * merge pairs in the order of {@code tokenizer.json}, split as the harness's {@code _encode_pair}
 * does.
 */
class RequestTokensTest {

  /** Tasks without rows of their own in the resources: where the document lies, and which. */
  private record Source(Path folder, String name, int document) {}

  private static Source source(String task) throws URISyntaxException {
    Path tasks = SharedData.path("data/tasks");
    return switch (task) {
      case "arc_challenge" -> new Source(tasks.resolve("jsonl"), task + ":validation", 0);
      case "sciq" -> new Source(tasks.resolve("jsonl"), task + ":validation", 1);
      case "race" -> new Source(tasks.resolve("hellaswag_race"), task, 86);
      default -> new Source(resources().resolve("tasks"), task, 0);
    };
  }

  private static Path resources() throws URISyntaxException {
    var folder = Objects.requireNonNull(RequestTokensTest.class.getResource("/tasks"));
    return Objects.requireNonNull(Path.of(folder.toURI()).getParent());
  }

  static Stream<Arguments> documents() throws Exception {
    List<Arguments> all = new ArrayList<>();
    for (Row row : DataFile.rows(resources().resolve("request-tokens.jsonl"))) {
      all.add(Arguments.of(row.text("task"), row.text("model"), row));
    }
    return all.stream();
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("documents")
  void areTheHarnesss(String task, String model, Row expected) throws Exception {
    Source source = source(task);
    Path folder = SharedData.path("data").resolve(model);
    try (Checkpoint checkpoint = Checkpoint.open(folder);
        TextTokenizer tokenizer = TextTokenizer.open(folder, checkpoint.config())) {
      var encoder = new PairEncoder(text -> tokenizer.encode(text, false), 1);
      TaskOptions options = TaskOptions.defaults().withLimit(source.document() + 1);
      List<TokenRequest> requests =
          TaskRequests.of(source.name(), source.folder(), options, encoder, 128).getLast();
      List<String> contexts = expected.texts("contexts");
      List<String> continuations = expected.texts("continuations");
      assertThat(requests).hasSameSizeAs(continuations);
      for (int i = 0; i < requests.size(); i++) {
        assertThat(ids(requests.get(i).context()))
            .isEqualTo(contexts.get(Math.min(i, contexts.size() - 1)));
        assertThat(ids(requests.get(i).continuation())).isEqualTo(continuations.get(i));
      }
    }
  }

  private static String ids(long[] tokens) {
    return String.join(" ", Arrays.stream(tokens).mapToObj(Long::toString).toList());
  }
}
