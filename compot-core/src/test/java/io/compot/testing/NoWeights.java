package io.compot.testing;

import io.compot.safetensors.TensorInfo;
import io.compot.safetensors.WeightSource;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Set;

/** A source without any tensor. */
public record NoWeights() implements WeightSource {

  @Override
  public Set<String> names() {
    return Set.of();
  }

  @Override
  public TensorInfo info(String name) {
    throw new IllegalArgumentException(name);
  }

  @Override
  public Path file(String name) {
    throw new IllegalArgumentException(name);
  }

  @Override
  public void read(String name, long from, MemorySegment into) {
    throw new IllegalArgumentException(name);
  }
}
