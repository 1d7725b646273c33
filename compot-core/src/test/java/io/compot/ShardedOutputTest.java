package io.compot;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.checkpoint.Checkpoint;
import io.compot.evaluation.PerplexityOptions;
import io.compot.progress.ProgressListener;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

/** A packed checkpoint in several files is the one in a single file. */
class ShardedOutputTest {

  private static final Path DEMO = Path.of("..", "demo");
  private static final long MOST = 600_000;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"compot", "svd-llm"})
  void holdsTheSame(String method) throws Exception {
    Path whole = compress(method, 5_000_000_000L);
    Path sharded = compress(method, MOST);
    assertThat(sharded.resolve("model.safetensors")).doesNotExist();
    List<Path> shards;
    try (var files = Files.list(sharded)) {
      shards = files.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
    }
    assertThat(shards.size()).isGreaterThan(3);
    assertThat(shards.getFirst().getFileName().toString())
        .isEqualTo("model-00001-of-%05d.safetensors".formatted(shards.size()));
    var index =
        JsonMapper.shared().readTree(sharded.resolve("model.safetensors.index.json").toFile());

    try (Checkpoint one = Checkpoint.open(whole);
        Checkpoint many = Checkpoint.open(sharded)) {
      assertThat(many.weightFiles()).isEqualTo(shards);
      assertThat(many.names()).containsExactlyInAnyOrderElementsOf(one.names());
      assertThat(index.get("weight_map").propertyNames())
          .containsExactlyInAnyOrderElementsOf(one.names());
      var sizes = new TreeMap<String, Long>();
      var tensors = new TreeMap<String, Integer>();
      long total = 0;
      for (String name : one.names()) {
        assertThat(many.info(name)).isEqualTo(one.info(name));
        assertThat(many.bytes(name).mismatch(one.bytes(name))).as(name).isEqualTo(-1);
        String file = index.get("weight_map").get(name).asString();
        sizes.merge(file, one.info(name).bytes(), Long::sum);
        tensors.merge(file, 1, Integer::sum);
        total += one.info(name).bytes();
      }
      assertThat(index.get("metadata").get("total_size").asLong()).isEqualTo(total);
      sizes.forEach((file, bytes) ->
          assertThat(bytes <= MOST || tensors.getOrDefault(file, 0) == 1)
              .as("%s: %d", file, bytes)
              .isTrue());
    }
    assertThat(perplexity(sharded)).isEqualTo(perplexity(whole));
  }

  private Path compress(String method, long shardSize) throws Exception {
    Path output = folder.resolve(method + shardSize);
    Compression.of(DEMO.resolve("model"))
        .method(method)
        .ratio(0.3)
        .forgiving()
        .set("iterations", 1)
        .samples(4)
        .length(32)
        .calibration(DEMO.resolve("calibration.txt"))
        .shardSize(shardSize)
        .output(output)
        .run();
    return output;
  }

  private double perplexity(Path model) throws Exception {
    Path text = folder.resolve("text.txt");
    Files.writeString(text, Files.readString(DEMO.resolve("heldout.txt")).substring(0, 3_000));
    try (Model loaded = Model.load(model)) {
      return loaded.evaluate(text, PerplexityOptions.defaults(), ProgressListener.none()).value();
    }
  }
}
