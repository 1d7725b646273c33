package io.compot.fuzz;

import io.compot.checkpoint.Checkpoint;
import io.compot.tokenizer.TextTokenizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Models in other programs' formats, one file of each hostile: run as {@link CheckpointTarget}
 * does.
 */
enum ForeignTarget implements FuzzTarget {
  GGUF_MODEL("gguf", "qwen2.Q4_0.gguf"),
  PACK_QUANTIZED("foreign/llama-w4g16-asym", "model.safetensors"),
  PACK_QUANTIZED_CONFIG("foreign/llama-w4g16-asym", "config.json"),
  GPTQ("foreign/w4g32-sym-descact-v1", "model.safetensors"),
  GPTQ_CONFIG("foreign/w4g32-sym-descact-v1", "config.json"),
  MLX("foreign/mlx-w4g32", "model.safetensors"),
  MLX_CONFIG("foreign/mlx-w4g32", "config.json");

  private final String original;
  private final String hostile;

  ForeignTarget(String original, String hostile) {
    this.original = original;
    this.hostile = hostile;
  }

  private Path originals() {
    return Path.of("src/test/resources").resolve(original).toAbsolutePath();
  }

  private List<String> files() {
    return this == GGUF_MODEL ? List.of(hostile) : List.of("config.json", "model.safetensors");
  }

  @Override
  public void prepare(Path folder) throws IOException {
    for (String file : files()) {
      Files.copy(originals().resolve(file), folder.resolve(file));
    }
  }

  @Override
  public void write(Path folder, SplittableRandom random) throws IOException {
    byte[] sound = Files.readAllBytes(originals().resolve(hostile));
    byte[] changed =
        switch (this) {
          case PACK_QUANTIZED, GPTQ, MLX -> SafetensorsMutator.mutate(sound, random);
          case PACK_QUANTIZED_CONFIG, GPTQ_CONFIG, MLX_CONFIG -> JsonMutator.mutate(sound, random);
          case GGUF_MODEL -> header(sound, random);
        };
    Files.write(folder.resolve(hostile), changed);
  }

  /** Mostly the first part of the file, which has the numbers that describe the model. */
  private static byte[] header(byte[] sound, SplittableRandom random) {
    int end = random.nextInt(4) == 0 ? sound.length : 1200;
    byte[] changed = ByteMutator.mutate(Arrays.copyOf(sound, end), random);
    return ByteMutator.joined(changed, Arrays.copyOfRange(sound, end, sound.length));
  }

  @Override
  public void read(Path folder) throws Exception {
    Path model = this == GGUF_MODEL ? folder.resolve(hostile) : folder;
    CheckpointTarget.run(model);
    if (this == GGUF_MODEL) {
      try (var checkpoint = Checkpoint.open(model);
          TextTokenizer tokenizer = checkpoint.tokenizer()) {
        tokenizer.encode("text", true);
      }
    }
  }
}
