package io.compot.file;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 digests, of bytes, texts and files; in words they are lower-case hexadecimal. */
public final class Sha256 {

  private static final int CHUNK = 1 << 20;

  private Sha256() {}

  /** An empty digest, to be fed. */
  public static MessageDigest begin() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** The digest of what was fed to it. */
  public static String words(MessageDigest fed) {
    return HexFormat.of().formatHex(fed.digest());
  }

  /** The digest of bytes. */
  public static String of(byte[] bytes) {
    return HexFormat.of().formatHex(begin().digest(bytes));
  }

  /** The raw digest of a file, read a chunk at a time. */
  public static byte[] bytesOf(Path file) throws IOException {
    MessageDigest digest = begin();
    byte[] chunk = new byte[CHUNK];
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(chunk); read >= 0; read = in.read(chunk)) {
        digest.update(chunk, 0, read);
      }
    }
    return digest.digest();
  }

  /** The digest of a file, read a chunk at a time. */
  public static String of(Path file) throws IOException {
    return HexFormat.of().formatHex(bytesOf(file));
  }

  /** A short name for everything that these facts, written as texts, decide. */
  public static String key(Object... facts) {
    MessageDigest digest = begin();
    for (Object fact : facts) {
      digest.update(fact.toString().getBytes(StandardCharsets.UTF_8));
      digest.update((byte) 0);
    }
    return words(digest).substring(0, 20);
  }
}
