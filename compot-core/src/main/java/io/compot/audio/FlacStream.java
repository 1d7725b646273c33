package io.compot.audio;

import io.compot.error.InputException;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import org.jflac.FLACDecoder;
import org.jflac.frame.Frame;
import org.jflac.metadata.StreamInfo;
import org.jflac.util.ByteData;
import org.jspecify.annotations.Nullable;

/** FLAC, a frame at a time. */
final class FlacStream implements SoundStream {

  /** Bytes of the file's first word, of what stands before a block, and of the first block. */
  private static final int MAGIC = 4;

  private static final int HEADER = 4;
  private static final int STREAM_INFO = 34;

  /** What stands before the last block of metadata, where that is the first kind. */
  private static final byte LAST = (byte) 0x80;

  private final Path file;
  private final InputStream in;
  private final FLACDecoder decoder;
  private final StreamInfo info;
  private final Mix mix;
  private @Nullable ByteData bytes;
  private float[] frame = {};
  private int used;
  private long count;

  /**
   * Of a stream at the file's beginning, which it closes.
   *
   * @throws InputException where it is no FLAC
   */
  FlacStream(Path file, InputStream in) throws IOException, InputException {
    this.file = file;
    this.in = in;
    this.decoder = new FLACDecoder(new SequenceInputStream(streamInfo(in), in));
    try {
      decoder.readMetadata();
      this.info = decoder.getStreamInfo();
      this.mix = new Mix(info.getChannels(), info.getBitsPerSample(), false, false, false);
    } catch (RuntimeException e) {
      throw unreadable();
    }
  }

  /**
   * The beginning of the file with the only block of metadata that sound needs. Pictures, tags and
   * tables are skipped: whatever they say, the library would take their word for their size.
   */
  private static InputStream streamInfo(InputStream in) throws IOException, InputException {
    ByteBuffer kept = ByteBuffer.allocate(MAGIC + HEADER + STREAM_INFO);
    kept.put(in.readNBytes(MAGIC));
    boolean last = false;
    while (!last) {
      byte[] header = in.readNBytes(HEADER);
      if (header.length < HEADER) {
        throw new EOFException("it ends in its metadata");
      }
      last = header[0] < 0;
      int length = ByteBuffer.wrap(header).getInt() & 0xFF_FFFF;
      if ((header[0] & 0x7F) == 0 && length == STREAM_INFO && kept.hasRemaining()) {
        kept.put(LAST).put(header, 1, HEADER - 1).put(in.readNBytes(length));
      } else {
        in.skipNBytes(length);
      }
    }
    return new ByteArrayInputStream(kept.array());
  }

  @Override
  public int rate() {
    return info.getSampleRate();
  }

  @Override
  public int read(float[] samples) throws InputException {
    int filled = 0;
    while (filled < samples.length) {
      if (used == frame.length && !next()) {
        if (decoder.getBadFrames() > 0 || count < info.getTotalSamples()) {
          throw InputException.in(
              file,
              "%d samples of %d could be read".formatted(count, info.getTotalSamples()),
              "the file is damaged or cut off: get it again");
        }
        return filled;
      }
      int some = Math.min(samples.length - filled, frame.length - used);
      System.arraycopy(frame, used, samples, filled, some);
      filled += some;
      used += some;
    }
    return filled;
  }

  private boolean next() throws InputException {
    try {
      Frame read = WithoutRemarks.of(decoder::readNextFrame);
      if (read == null) {
        return false;
      }
      bytes = decoder.decodeFrame(read, bytes);
      int samples = bytes.getLen() / mix.frame();
      frame = new float[samples];
      mix.into(bytes.getData(), samples, frame, 0);
      used = 0;
      count += samples;
      return true;
    } catch (EOFException e) {
      return false;
    } catch (IOException | RuntimeException e) {
      throw unreadable();
    }
  }

  private InputException unreadable() {
    return InputException.in(file, "no FLAC that can be read", "get the file again, or give WAV");
  }

  @Override
  public void close() {
    try {
      in.close();
    } catch (IOException _) {
      // All that was wanted of it has been read.
    }
  }
}
