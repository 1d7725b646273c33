package io.compot.text.rows;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.zip.GZIPInputStream;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * Decompresses the pages of a parquet file: gzip by Java's own classes, since the reader asks
 * Hadoop for it, everything else by the reader.
 *
 * @param others what the reader brings
 */
record PageCodecs(CompressionCodecFactory others) implements CompressionCodecFactory {

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
    return name == CompressionCodecName.GZIP ? new Gzip() : others.getDecompressor(name);
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName name) {
    return others.getCompressor(name);
  }

  @Override
  public void release() {
    others.release();
  }

  private record Gzip() implements BytesInputDecompressor {

    @Override
    public BytesInput decompress(BytesInput page, int size) throws IOException {
      return BytesInput.from(unzipped(page.toInputStream(), size));
    }

    @Override
    public void decompress(ByteBuffer page, int packedSize, ByteBuffer target, int size)
        throws IOException {
      var packed = new byte[packedSize];
      page.get(packed);
      target.put(unzipped(new ByteArrayInputStream(packed), size));
    }

    private static byte[] unzipped(InputStream packed, int size) throws IOException {
      try (var in = new GZIPInputStream(packed)) {
        byte[] page = in.readNBytes(size);
        if (page.length < size || in.read() >= 0) {
          throw new IOException("a gzip page does not hold the %d bytes it names".formatted(size));
        }
        return page;
      }
    }

    @Override
    public void release() {
      // Holds nothing.
    }
  }
}
