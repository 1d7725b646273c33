package io.compot.safetensors;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.text.StrictJson;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;

/**
 * {@code model.safetensors.index.json}: which shard holds which tensor.
 *
 * @param file the index itself
 * @param shardOf file name of the shard, by tensor name
 */
public record ShardIndex(Path file, Map<String, String> shardOf) {

  /** The file of weights that are not split. */
  public static final String WHOLE = "model.safetensors";

  /** The index of weights in shards. */
  public static final String NAME = "model.safetensors.index.json";

  private static final long LARGEST = 256L << 20;
  private static final String RESTORE = "restore the index of the original checkpoint";

  /** Reads the index and refuses shards that are not plain file names beside it. */
  public static ShardIndex read(Path file) throws InputException {
    JsonNode weightMap = StrictJson.object(file, LARGEST).get("weight_map");
    if (weightMap == null || !weightMap.isObject() || weightMap.isEmpty()) {
      throw InputException.in(
          file, "weight_map", "missing or not an object of tensor names", RESTORE);
    }
    var shardOf = new TreeMap<String, String>();
    for (var field : weightMap.properties()) {
      String name = field.getKey();
      JsonNode value = field.getValue();
      if (!value.isString()) {
        throw refuse(file, name, "its shard is " + StrictJson.kind(value) + ", not a string");
      }
      String shard = value.stringValue();
      if (!isPlainFileName(shard)) {
        throw refuse(
            file,
            name,
            "its shard \"%s\" is not the plain name of a .safetensors file in the same folder"
                .formatted(Shown.of(shard)));
      }
      shardOf.put(name, shard);
    }
    return new ShardIndex(file, shardOf);
  }

  /** Refuses shards that hold other tensors than the index says. */
  public void check(List<SafetensorsFile> shards) throws InputException {
    var holder = new HashMap<String, String>();
    for (SafetensorsFile shard : shards) {
      String shardName = shard.file().getFileName().toString();
      for (String name : shard.names()) {
        String other = holder.put(name, shardName);
        if (other != null) {
          throw refuse(file, name, "it is in two shards, " + other + " and " + shardName);
        }
        if (!shardOf.containsKey(name)) {
          throw refuse(file, name, "the shard " + shardName + " holds it, the index lacks it");
        }
      }
    }
    for (var expected : shardOf.entrySet()) {
      String actual = holder.get(expected.getKey());
      if (!expected.getValue().equals(actual)) {
        throw refuse(
            file,
            expected.getKey(),
            "the index says it is in %s, but %s"
                .formatted(
                    expected.getValue(),
                    actual == null ? "it is in no shard" : "it is in " + actual));
      }
    }
  }

  private static boolean isPlainFileName(String shard) {
    return shard.endsWith(".safetensors")
        && !shard.startsWith(".")
        && shard.chars().noneMatch(c -> c == '/' || c == '\\' || c == ':' || c < ' ');
  }

  private static InputException refuse(Path file, String name, String problem) {
    return InputException.in(file, "tensor " + Shown.of(name), problem, RESTORE);
  }
}
