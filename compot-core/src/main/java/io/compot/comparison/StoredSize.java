package io.compot.comparison;

import io.compot.checkpoint.Checkpoint;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;

/**
 * What a model's weight files take on disk, measured there.
 *
 * @param files bytes of the files
 * @param tensors bytes of the tensors in them
 */
record StoredSize(long files, long tensors) {

  /** Of a folder or a file of a model. */
  static StoredSize of(Path model) throws CompotException {
    long files = 0;
    long tensors = 0;
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      for (Path file : checkpoint.weightFiles()) {
        try (var channel = FileChannel.open(file)) {
          files += channel.size();
          tensors += file.toString().endsWith(".safetensors") ? tensors(file, channel) : 0;
        }
      }
      if (tensors == 0) {
        for (String name : checkpoint.names()) {
          tensors += checkpoint.stored(name).bytes();
        }
      }
    } catch (IOException e) {
      throw new FailureException(
          model + ": the weight files cannot be measured (" + e.getMessage() + ")", e);
    }
    return new StoredSize(files, tensors);
  }

  /**
   * A safetensors file is eight bytes that tell the length of its header, the header, and the
   * tensors.
   */
  private static long tensors(Path file, FileChannel channel) throws IOException {
    var length = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    while (length.hasRemaining()) {
      if (channel.read(length) < 0) {
        throw new IOException(file + " is too short");
      }
    }
    return channel.size() - Long.BYTES - length.getLong(0);
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
