package io.compot.pipeline;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.InputException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** SHA-256 of files. */
public final class Digest {

  private static final int CHUNK = 1 << 20;

  private Digest() {}

  /** Of the files of a checkpoint that decide what the model computes, by name. */
  public static Map<String, String> ofCheckpoint(Checkpoint checkpoint) throws InputException {
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

  /** An empty digest. */
  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** What was fed to it, in lower-case hexadecimal. */
  static String hexadecimal(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  /** Of a file, in lower-case hexadecimal. */
  static String sha256(Path file) throws InputException {
    MessageDigest digest = sha256();
    byte[] chunk = new byte[CHUNK];
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      while (in.read(chunk) >= 0) {
        // The stream feeds the digest.
      }
    } catch (IOException e) {
      throw new InputException(
          file + ": the file cannot be read (" + e.getMessage() + "); check disk and permissions",
          e);
    }
    return hexadecimal(digest);
  }
}
