package io.compot.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Changes a safetensors file: its header as JSON, its data, its length, or anything as bytes. */
final class SafetensorsMutator {

  private SafetensorsMutator() {}

  static byte[] mutate(byte[] file, SplittableRandom random) {
    int length = (int) ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
    byte[] header = Arrays.copyOfRange(file, Long.BYTES, Long.BYTES + length);
    byte[] data = Arrays.copyOfRange(file, Long.BYTES + length, file.length);
    return switch (random.nextInt(8)) {
      case 0 -> ByteMutator.mutate(file, random);
      case 1 -> joined(header.length, header, ByteMutator.mutate(data, random));
      case 2 -> joined(random.nextLong() >>> random.nextInt(64), header, data);
      case 3 -> {
        byte[] changed = ByteMutator.mutate(header, random);
        yield joined(changed.length, changed, data);
      }
      case 4 -> joined(header.length, header, overwritten(data, random));
      default -> {
        byte[] changed = JsonMutator.mutate(header, random);
        yield joined(changed.length, changed, data);
      }
    };
  }

  /** The same size, so that the header stays true and only numbers, masks and values lie. */
  private static byte[] overwritten(byte[] data, SplittableRandom random) {
    byte[] changed = data.clone();
    int changes = 1 + random.nextInt(8);
    for (int i = 0; i < changes && data.length > 0; i++) {
      changed[random.nextInt(data.length)] = (byte) random.nextInt(256);
    }
    return changed;
  }

  static byte[] joined(long length, byte[] header, byte[] data) {
    return ByteBuffer.allocate(Long.BYTES + header.length + data.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(length)
        .put(header)
        .put(data)
        .array();
  }
}
