package io.compot.safetensors;

import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.text.StrictJson;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * Writes the weights of a checkpoint: one {@code model.safetensors}, or, beyond the shard size,
 * {@code model-0000i-of-0000N.safetensors} with {@code model.safetensors.index.json}. Tensors fill
 * the shards in the order in which they were declared.
 */
public final class ShardedWriter implements TensorSink, AutoCloseable {

  /** transformers' own default: 5 GB. */
  public static final long DEFAULT_SHARD_SIZE = 5_000_000_000L;

  private static final Map<String, String> METADATA = Map.of("format", "pt");

  private final Path folder;
  private final List<String> shardNames = new ArrayList<>();
  private final List<SafetensorsWriter> writers = new ArrayList<>();
  private final Map<String, Integer> shardOf = new HashMap<>();
  private final long totalSize;

  /**
   * Declares all tensors and begins all files.
   *
   * @param shardSize bytes of data after which the next shard begins; a larger tensor gets a shard
   *     of its own
   */
  public ShardedWriter(Path folder, List<TensorInfo> tensors, long shardSize)
      throws FailureException {
    this.folder = folder;
    this.totalSize = tensors.stream().mapToLong(TensorInfo::bytes).sum();
    List<List<TensorInfo>> shards = split(tensors, shardSize);
    shardNames.addAll(names(shards.size()));
    for (int i = 0; i < shards.size(); i++) {
      for (TensorInfo info : shards.get(i)) {
        if (shardOf.put(info.name(), i) != null) {
          throw new IllegalArgumentException("declared twice: " + info.name());
        }
      }
    }
    try {
      for (int i = 0; i < shards.size(); i++) {
        writers.add(
            new SafetensorsWriter(folder.resolve(shardNames.get(i)), shards.get(i), METADATA));
      }
    } catch (FailureException | RuntimeException e) {
      close();
      throw e;
    }
  }

  /** Bytes of all weight files that hold these tensors, headers and index among them. */
  public static long bytes(List<TensorInfo> tensors, long shardSize) {
    List<List<TensorInfo>> shards = split(tensors, shardSize);
    long bytes = 0;
    Map<String, Integer> shardOf = new HashMap<>();
    for (int i = 0; i < shards.size(); i++) {
      bytes += SafetensorsWriter.bytes(shards.get(i), METADATA);
      for (TensorInfo info : shards.get(i)) {
        shardOf.put(info.name(), i);
      }
    }
    long data = tensors.stream().mapToLong(TensorInfo::bytes).sum();
    return shards.size() == 1 ? bytes : bytes + index(data, names(shards.size()), shardOf).length;
  }

  private static List<String> names(int shards) {
    return IntStream.rangeClosed(1, shards)
        .mapToObj(i ->
            shards == 1 ? ShardIndex.WHOLE : "model-%05d-of-%05d.safetensors".formatted(i, shards))
        .toList();
  }

  private static byte[] index(long data, List<String> names, Map<String, Integer> shardOf) {
    var index = JsonNodeFactory.instance.objectNode();
    index.putObject("metadata").put("total_size", data);
    var weightMap = index.putObject("weight_map");
    new TreeMap<>(shardOf).forEach((name, shard) -> weightMap.put(name, names.get(shard)));
    return StrictJson.write(index);
  }

  /** Bytes of all tensors' data, headers not counted. */
  public long totalSize() {
    return totalSize;
  }

  @Override
  public TensorInfo declared(String name) {
    return writer(name).declared(name);
  }

  @Override
  public void write(String name, MemorySegment bytes) throws FailureException {
    writer(name).write(name, bytes);
  }

  @Override
  public void copy(String name, WeightSource source) throws CompotException {
    writer(name).copy(name, source);
  }

  /**
   * Brings all files to disk and writes the index where there are several.
   *
   * @throws IllegalStateException if a declared tensor was not written
   */
  public void finish() throws FailureException {
    for (SafetensorsWriter writer : writers) {
      writer.finish();
    }
    if (writers.size() == 1) {
      return;
    }
    Path file = folder.resolve(ShardIndex.NAME);
    try {
      Files.write(file, index(totalSize, shardNames, shardOf));
    } catch (IOException e) {
      throw new FailureException(file + ": cannot be written (" + e.getMessage() + ")", e);
    }
  }

  /** Removes unfinished files. */
  @Override
  public void close() {
    writers.forEach(SafetensorsWriter::close);
  }

  private SafetensorsWriter writer(String name) {
    Integer shard = shardOf.get(name);
    if (shard == null) {
      throw new IllegalArgumentException(name + " was not declared");
    }
    return writers.get(shard);
  }

  private static List<List<TensorInfo>> split(List<TensorInfo> tensors, long shardSize) {
    var shards = new ArrayList<List<TensorInfo>>();
    var shard = new ArrayList<TensorInfo>();
    long size = 0;
    for (TensorInfo info : tensors) {
      if (!shard.isEmpty() && size + info.bytes() > shardSize) {
        shards.add(List.copyOf(shard));
        shard.clear();
        size = 0;
      }
      shard.add(info);
      size += info.bytes();
    }
    shards.add(List.copyOf(shard));
    return shards;
  }
}
