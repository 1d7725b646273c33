package io.compot.gguf;

import io.compot.error.InputException;
import io.compot.file.SourceFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads little-endian numbers and texts one after the other, a window of the file at a time.
 * Nothing is allocated by what the file claims before that many bytes are known to be there.
 */
final class HeaderCursor implements AutoCloseable {

  private static final int WINDOW = 1 << 16;

  /** A chat template or a token is far shorter. */
  private static final int LONGEST_TEXT = 1 << 24;

  /** The longest header that is read: two million tokens and their merges take a tenth of it. */
  private static final long LONGEST_HEADER = 1L << 30;

  private final SourceFile source;
  private final Arena arena = Arena.ofConfined();
  private final MemorySegment memory;
  private final long end;
  private ByteBuffer window;
  private long windowStart;

  HeaderCursor(SourceFile source) {
    this.source = source;
    this.end = Math.min(source.size(), LONGEST_HEADER);
    this.memory = arena.allocate(Math.max(1, Math.min(WINDOW, end)));
    this.window = ByteBuffer.allocate(0).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The file, for messages. */
  Path file() {
    return source.file();
  }

  /** Bytes read so far. */
  long position() {
    return windowStart + window.position();
  }

  /** Bytes that are left to read. */
  long left() {
    return end - position();
  }

  int u8(String what) throws InputException {
    return Byte.toUnsignedInt(next(1, what).get());
  }

  int u16(String what) throws InputException {
    return Short.toUnsignedInt(next(2, what).getShort());
  }

  int i32(String what) throws InputException {
    return next(4, what).getInt();
  }

  long i64(String what) throws InputException {
    return next(8, what).getLong();
  }

  /** A count or length: refused where it is more than there is room for. */
  long count(String what, long most) throws InputException {
    long count = i64(what);
    if (count < 0 || count > most) {
      throw refuse(
          what,
          "the file claims %s, but at most %d are possible here"
              .formatted(Long.toUnsignedString(count), most));
    }
    return count;
  }

  /** A text of at most so many bytes. */
  String text(String what, int most) throws InputException {
    int length = (int) count(what + " (its length)", Math.min(left(), most));
    byte[] bytes = new byte[length];
    for (int done = 0; done < length; ) {
      if (!window.hasRemaining()) {
        next(1, what);
      }
      int part = Math.min(length - done, window.remaining());
      window.get(bytes, done, part);
      done += part;
    }
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException _) {
      throw refuse(what, "the text is not valid UTF-8");
    }
  }

  String text(String what) throws InputException {
    return text(what, LONGEST_TEXT);
  }

  InputException refuse(String what, String problem) {
    return InputException.in(
        source.file(), what, problem, "the file is damaged or was cut off: fetch it again");
  }

  /** The window, with so many bytes from its position on. */
  private ByteBuffer next(int bytes, String what) throws InputException {
    if (window.remaining() < bytes) {
      if (left() < bytes) {
        throw refuse(what, "the header ends here, at byte " + position());
      }
      windowStart = position();
      MemorySegment part = memory.asSlice(0, Math.min(memory.byteSize(), end - windowStart));
      source.read(windowStart, part);
      window = ByteBuffer.wrap(part.toArray(ValueLayout.JAVA_BYTE)).order(ByteOrder.LITTLE_ENDIAN);
    }
    return window;
  }

  @Override
  public void close() {
    arena.close();
  }
}
