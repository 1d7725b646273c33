package io.compot.gguf;

import io.compot.error.InputException;
import io.compot.file.ForeignContent;
import io.compot.file.SourceFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** The first eight bytes: the letters GGUF and the version. */
final class Magic {

  static final byte[] LETTERS = "GGUF".getBytes(StandardCharsets.US_ASCII);
  static final int VERSION = 3;

  private static final int OLDEST = 2;

  private Magic() {}

  static void check(SourceFile source, HeaderCursor cursor) throws InputException {
    Path file = source.file();
    byte[] start = start(source);
    if (start.length < 8 || !Arrays.equals(start, 0, 4, LETTERS, 0, 4)) {
      Optional<ForeignContent> foreign = ForeignContent.of(start);
      if (foreign.isPresent() && foreign.get() != ForeignContent.GGUF) {
        throw foreign.get().refuse(file);
      }
      throw InputException.in(
          file,
          "this is no GGUF file: it does not begin with the letters GGUF and a version",
          "give a .gguf file, or fetch it again where the download was cut off");
    }
    cursor.i32("magic");
    int version = cursor.i32("version");
    if (version >= OLDEST && version <= VERSION) {
      return;
    }
    boolean bigEndian =
        Integer.reverseBytes(version) >= 1 && Integer.reverseBytes(version) <= VERSION;
    throw InputException.in(
        file,
        "version",
        bigEndian
            ? "the file is big-endian"
            : "the GGUF version is %s, read are %d and %d"
                .formatted(Integer.toUnsignedString(version), OLDEST, VERSION),
        bigEndian
            ? "use the little-endian file, or convert it with gguf's gguf_convert_endian.py"
            : "convert the model again with a current llama.cpp");
  }

  private static byte[] start(SourceFile source) throws InputException {
    try (var arena = Arena.ofConfined()) {
      long length = Math.min(64, source.size());
      MemorySegment start = arena.allocate(Math.max(1, length)).asSlice(0, length);
      source.read(0, start);
      return start.toArray(ValueLayout.JAVA_BYTE);
    }
  }
}
