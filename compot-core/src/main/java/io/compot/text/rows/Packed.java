package io.compot.text.rows;

import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import io.compot.error.InputException;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;

/** Files packed with gzip or zstd, known by their first bytes and not by their names. */
public final class Packed {

  private static final byte[] GZIP = {0x1f, (byte) 0x8b};
  private static final byte[] ZSTD = {0x28, (byte) 0xb5, 0x2f, (byte) 0xfd};

  private Packed() {}

  /** What the bytes unpack to; themselves where they are not packed. */
  public static InputStream open(Path file, InputStream raw) throws IOException, InputException {
    var in = new BufferedInputStream(raw);
    in.mark(ZSTD.length);
    byte[] start = in.readNBytes(ZSTD.length);
    in.reset();
    if (Arrays.equals(start, 0, Math.min(2, start.length), GZIP, 0, 2)) {
      return new GZIPInputStream(in);
    }
    if (!Arrays.equals(start, ZSTD)) {
      return in;
    }
    try {
      return new ZstdInputStreamNoFinalizer(in);
    } catch (LinkageError e) {
      throw new InputException(
          file + ": zstd cannot be read on this machine; unpack the file, or pack it with gzip", e);
    }
  }

  /** The error for what unpacking ended with. */
  public static InputException refuse(Path file, IOException e) {
    String problem =
        switch (e) {
          case EOFException _ -> "the gzip stream is cut off";
          case ZipException _ -> "not a sound gzip file (" + e.getMessage() + ")";
          default -> "cannot be read (" + e.getMessage() + "), perhaps cut off or damaged";
        };
    return new InputException(file + ": " + problem + "; download the file again", e);
  }
}
