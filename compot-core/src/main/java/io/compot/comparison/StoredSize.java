package io.compot.comparison;

import io.compot.error.FailureException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What a model's weight files take on disk, measured there: a safetensors file is eight bytes that
 * tell the length of its header, the header, and the tensors.
 *
 * @param files bytes of the files
 * @param tensors bytes of the tensors in them
 */
record StoredSize(long files, long tensors) {

  static StoredSize of(Path folder) throws FailureException {
    long files = 0;
    long tensors = 0;
    try (Stream<Path> all = Files.list(folder)) {
      for (Path file : all.filter(each -> each.toString().endsWith(".safetensors")).toList()) {
        try (var channel = FileChannel.open(file)) {
          var length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
          while (length.hasRemaining()) {
            if (channel.read(length) < 0) {
              throw new IOException(file + " is too short");
            }
          }
          files += channel.size();
          tensors += channel.size() - Long.BYTES - length.getLong(0);
        }
      }
    } catch (IOException e) {
      throw new FailureException(
          folder + ": the weight files cannot be measured (" + e.getMessage() + ")", e);
    }
    return new StoredSize(files, tensors);
  }

  /**
   * Holds it to the accounting.
   *
   * @throws FailureException where they differ, which is an error of ours
   */
  void require(long accountedBits, Cell cell) throws FailureException {
    if (tensors * 8 != accountedBits) {
      throw new FailureException(
          "%s: the tensors take %d bits on disk where %d were accounted; please report this"
              .formatted(cell, tensors * 8, accountedBits));
    }
  }
}
