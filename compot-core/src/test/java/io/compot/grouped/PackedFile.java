package io.compot.grouped;

import io.compot.safetensors.SafetensorsFile;
import io.compot.tensor.Dtype;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/** Tensors of a file as Java arrays. */
final class PackedFile implements AutoCloseable {

  private final SafetensorsFile file;

  PackedFile(Path path) throws Exception {
    file = SafetensorsFile.open(path);
  }

  boolean has(String name) {
    return file.has(name);
  }

  Iterable<String> names() {
    return file.names();
  }

  int dimension(String name, int index) throws Exception {
    return Math.toIntExact(file.info(name).shape().get(index));
  }

  int[] ints(String name) throws Exception {
    return file.bytes(name).toArray(ValueLayout.JAVA_INT);
  }

  byte[] bytes(String name) throws Exception {
    return file.bytes(name).toArray(ValueLayout.JAVA_BYTE);
  }

  float[] floats(String name) throws Exception {
    Dtype dtype = file.info(name).dtype();
    MemorySegment bytes = file.bytes(name);
    float[] floats = new float[Math.toIntExact(file.info(name).elements())];
    for (int i = 0; i < floats.length; i++) {
      floats[i] =
          switch (dtype) {
            case F32 -> bytes.getAtIndex(ValueLayout.JAVA_FLOAT, i);
            case F16 -> Float.float16ToFloat(bytes.getAtIndex(ValueLayout.JAVA_SHORT, i));
            case BF16 -> Float.intBitsToFloat(bytes.getAtIndex(ValueLayout.JAVA_SHORT, i) << 16);
            default -> throw new IllegalStateException(name + " is " + dtype);
          };
    }
    return floats;
  }

  static float[] dense(GroupedWeight weight) {
    float[] dense = new float[weight.rows() * weight.columns()];
    for (int row = 0; row < weight.rows(); row++) {
      weight.row(row, dense, row * weight.columns());
    }
    return dense;
  }

  @Override
  public void close() {
    file.close();
  }
}
