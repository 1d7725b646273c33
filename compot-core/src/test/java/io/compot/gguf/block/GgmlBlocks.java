package io.compot.gguf.block;

import io.compot.safetensors.SafetensorsFile;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** Rows of numbers and what ggml's own code makes of them: bytes, and numbers again. */
final class GgmlBlocks {

  static final int COLUMNS = 512;

  private final Map<String, byte[]> bytes = new TreeMap<>();

  GgmlBlocks() throws Exception {
    Path file = Path.of("src/test/resources/gguf/ggml_blocks.safetensors");
    try (SafetensorsFile blocks = SafetensorsFile.open(file)) {
      for (String name : blocks.names()) {
        bytes.put(name, blocks.bytes(name).toArray(ValueLayout.JAVA_BYTE));
      }
    }
  }

  boolean has(String name) {
    return bytes.containsKey(name);
  }

  byte[] bytes(String name) {
    return Objects.requireNonNull(bytes.get(name), name);
  }

  float[] floats(String name) {
    byte[] stored = bytes(name);
    float[] floats = new float[stored.length / 4];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = Float.intBitsToFloat(Words.i32(stored, 4 * i));
    }
    return floats;
  }
}
