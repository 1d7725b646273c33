package io.compot.pipeline.check;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import io.compot.file.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The SHA-256 digests by which a model is known again. */
public final class ModelDigests {

  private ModelDigests() {}

  /** Of the files of a checkpoint that decide what the model computes, by name. */
  public static Map<String, String> of(Checkpoint checkpoint) throws InputException {
    var digests = new LinkedHashMap<String, String>();
    for (String name : List.of("config.json", "tokenizer.json")) {
      Path file = checkpoint.folder().resolve(name);
      if (Files.exists(file)) {
        digests.put(name, sha256(file));
      }
    }
    for (Path file : checkpoint.weightFiles()) {
      digests.put(file.getFileName().toString(), sha256(file));
    }
    return digests;
  }

  private static String sha256(Path file) throws InputException {
    try {
      return Sha256.of(file);
    } catch (IOException e) {
      throw new InputException(
          file + ": the file cannot be read (" + e.getMessage() + "); check disk and permissions",
          e);
    }
  }
}
