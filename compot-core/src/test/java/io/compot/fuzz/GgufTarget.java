package io.compot.fuzz;

import io.compot.error.FailureException;
import io.compot.gguf.GgufFile;
import io.compot.gguf.GgufTensor;
import io.compot.gguf.GgufValue;
import io.compot.gguf.GgufWriter;
import io.compot.gguf.ValueType;
import io.compot.gguf.block.BlockDecoder;
import io.compot.gguf.block.BlockType;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SplittableRandom;

/** A GGUF file with every block type: opened, and every weight that can be decoded is. */
enum GgufTarget implements FuzzTarget {
  GGUF;

  private static final String FILE = "model.gguf";

  /** What all changes begin with. */
  private static final String SOUND = "sound.gguf";

  @Override
  public void prepare(Path folder) throws IOException {
    var metadata = new LinkedHashMap<String, GgufValue>();
    metadata.put("general.architecture", GgufValue.text("llama"));
    metadata.put("general.alignment", GgufValue.u32(32));
    metadata.put("llama.block_count", GgufValue.u32(1));
    metadata.put("tokenizer.ggml.tokens", GgufValue.texts(List.of("<s>", "a", "Ġb")));
    metadata.put(
        "nested",
        new GgufValue.Items(
            ValueType.ARRAY,
            List.of(new GgufValue.Items(ValueType.BOOL, List.of(new GgufValue.Flag(true))))));
    var tensors = new ArrayList<GgufTensor>();
    for (BlockType type : BlockType.values()) {
      tensors.add(GgufTensor.of(type.name(), type, List.of(2L, (long) type.elements())));
    }
    Path file = folder.resolve(FILE);
    try (var writer = new GgufWriter(file, metadata, tensors);
        var arena = Arena.ofConfined()) {
      for (GgufTensor tensor : tensors) {
        writer.write(tensor.name(), 0, arena.allocate(tensor.bytes()));
      }
      writer.finish();
    } catch (FailureException e) {
      throw new IOException(e);
    }
    Files.copy(file, folder.resolve(SOUND));
  }

  @Override
  public void write(Path folder, SplittableRandom random) throws IOException {
    byte[] bytes = Files.readAllBytes(folder.resolve(SOUND));
    // Half of all changes hit the header's first lines, which hold the counts.
    if (random.nextBoolean()) {
      byte[] start = new byte[256];
      System.arraycopy(bytes, 0, start, 0, start.length);
      byte[] rest = Arrays.copyOfRange(bytes, start.length, bytes.length);
      bytes = ByteMutator.joined(ByteMutator.mutate(start, random), rest);
    } else {
      bytes = ByteMutator.mutate(bytes, random);
    }
    Files.write(folder.resolve(FILE), bytes);
  }

  @Override
  public void read(Path folder) throws Exception {
    try (GgufFile file = GgufFile.open(folder.resolve(FILE));
        var arena = Arena.ofConfined()) {
      for (GgufTensor tensor : file.tensors()) {
        MemorySegment bytes = arena.allocate(tensor.bytes());
        file.read(tensor.name(), 0, bytes);
        if (tensor.type().decodes()) {
          int count = Math.toIntExact(tensor.elements());
          byte[] blocks = bytes.toArray(ValueLayout.JAVA_BYTE);
          new BlockDecoder(tensor.type()).decode(blocks, 0, new float[count], 0, count);
        }
      }
    }
  }
}
