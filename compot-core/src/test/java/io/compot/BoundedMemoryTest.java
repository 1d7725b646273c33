package io.compot;

import static org.assertj.core.api.Assertions.assertThat;

import io.compot.error.CompotException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is held in memory and what waits on disk changes no byte of the output. */
class BoundedMemoryTest {

  private static final Path DEMO = Path.of("..", "demo");

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"compot,uniform", "svd-llm,svd-llm-v2", "compot+,damage"})
  void hiddenStatesInAFileGiveTheSameBytes(String method, String allocation) throws Exception {
    Path held = compress(method, allocation, 1L << 30);
    Path spilled = compress(method, allocation, 1);
    assertThat(Files.mismatch(held, spilled)).isEqualTo(-1);
  }

  private Path compress(String method, String allocation, long memory) throws CompotException {
    Path output = folder.resolve(Long.toString(memory));
    Compression.of(DEMO.resolve("model"))
        .method(method)
        .allocation(allocation)
        .calibration(DEMO.resolve("calibration.txt"))
        .samples(17)
        .length(128)
        .forgiving()
        .set("iterations", 1)
        .include("layers.0.self_attn", "layers.1.self_attn.q_proj")
        .memory(memory)
        .output(output)
        .run();
    return output.resolve("model.safetensors");
  }
}
