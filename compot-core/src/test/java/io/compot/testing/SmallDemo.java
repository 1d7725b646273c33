package io.compot.testing;

import io.compot.Compression;
import io.compot.checkpoint.Checkpoint;
import io.compot.file.Durable;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The bundled model with half of its blocks and a short text, for tests of what happens around the
 * products, and a compression of it, for those that need any compressed model. Each is made once a
 * process, and nobody may change it.
 */
public final class SmallDemo {

  /** Linear projections in its two blocks. */
  public static final int PROJECTIONS = 14;

  private static final Path DEMO = Path.of("..", "demo").toAbsolutePath().normalize();

  private static @Nullable Path folder;
  private static @Nullable Path compressed;

  private SmallDemo() {}

  /** The folder of the model. */
  public static Path model() throws Exception {
    return folder().resolve("model");
  }

  /** Text to calibrate on: some 4,000 tokens. */
  public static Path text() throws Exception {
    return folder().resolve("text.txt");
  }

  /** The model by svd at 0.3. */
  public static synchronized Path compressed() throws Exception {
    Path made = compressed;
    if (made == null) {
      made = folder().resolve("compressed");
      Compression.of(model()).method("svd").ratio(0.3).output(made).run();
      compressed = made;
    }
    return made;
  }

  private static synchronized Path folder() throws Exception {
    Path made = folder;
    if (made == null) {
      made = Files.createTempDirectory("compot-small-demo");
      Runtime.getRuntime().addShutdownHook(new Thread(SmallDemo::remove));
      folder = made;
      halve(made);
      String whole = Files.readString(DEMO.resolve("calibration.txt"));
      Files.writeString(made.resolve("text.txt"), whole.substring(0, 12_000));
    }
    return made;
  }

  private static void halve(Path parent) throws Exception {
    Path source = DEMO.resolve("model");
    Path target = Files.createDirectory(parent.resolve("model"));
    String config = Files.readString(source.resolve("config.json"));
    Files.writeString(
        target.resolve("config.json"),
        config.replaceFirst("\"num_hidden_layers\": *4", "\"num_hidden_layers\": 2"));
    for (String name : List.of("tokenizer.json", "tokenizer_config.json")) {
      Files.copy(source.resolve(name), target.resolve(name));
    }
    try (Checkpoint whole = Checkpoint.open(source)) {
      List<TensorInfo> kept = new ArrayList<>();
      for (String name : whole.names()) {
        if (!name.matches("model\\.layers\\.[23]\\..*")) {
          kept.add(whole.info(name));
        }
      }
      try (var writer =
          new SafetensorsWriter(target.resolve("model.safetensors"), kept, Map.of())) {
        for (TensorInfo each : kept) {
          writer.write(each.name(), whole.bytes(each.name()));
        }
        writer.finish();
      }
    }
  }

  private static void remove() {
    try {
      if (folder != null) {
        Durable.deleteTree(folder, null);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
