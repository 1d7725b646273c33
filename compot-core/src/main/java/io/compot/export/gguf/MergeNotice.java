package io.compot.export.gguf;

import io.compot.error.InputException;
import io.compot.export.Floats;
import io.compot.export.MergedWeights;
import io.compot.export.ReportedError;
import io.compot.gguf.GgufTensor;
import io.compot.gguf.block.BlockDecoder;
import io.compot.gguf.block.BlockEncoder;
import io.compot.gguf.block.BlockType;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What is told of weights that are packed in a way for which a file has no place: how many are
 * multiplied out, onto what they are rounded, and what that changes.
 */
record MergeNotice(GgufPlan plan, MergedWeights weights) {

  /** Weights by which the change is measured. */
  private static final long SAMPLE = 1 << 18;

  /** One line; empty where nothing is multiplied out. */
  Optional<String> text() throws InputException {
    Map<String, BlockType> merged = new LinkedHashMap<>();
    for (GgufTensor tensor : plan.tensors().values()) {
      if (!plan.grids().containsKey(tensor.name())) {
        for (String part : plan.parts(tensor)) {
          if (weights.form(part).isPresent()) {
            merged.put(part, tensor.type());
          }
        }
      }
    }
    if (merged.isEmpty()) {
      return Optional.empty();
    }
    var first = merged.entrySet().iterator().next();
    return Optional.of(
        "%d weights are packed as %s and the like, for which GGUF has no place: they are multiplied out and rounded onto %s, which changes them by %s; the file has %,d bytes"
            .formatted(
                merged.size(),
                weights.form(first.getKey()).orElseThrow().words(),
                String.join(
                    ", ",
                    merged.values().stream().map(BlockType::name).sorted().distinct().toList()),
                ReportedError.percent(change(first.getKey(), first.getValue())),
                plan.fileBytes()));
  }

  private double change(String name, BlockType type) throws InputException {
    long columns = weights.info(name).shape().getLast();
    long rows = Math.min(weights.info(name).shape().getFirst(), Math.max(1, SAMPLE / columns));
    int count = Math.toIntExact(rows * columns);
    float[] values = Floats.read(weights, name, 0, count);
    byte[] bytes = new byte[Math.toIntExact(type.bytes(count).orElseThrow())];
    BlockEncoder.fitted(type).encode(values, 0, null, 0, bytes, 0, count);
    float[] rounded = new float[count];
    new BlockDecoder(type).decode(bytes, 0, rounded, 0, count);
    double error = 0;
    double all = 0;
    for (int i = 0; i < count; i++) {
      double difference = (double) rounded[i] - values[i];
      error += difference * difference;
      all += (double) values[i] * values[i];
    }
    return Math.sqrt(error / Math.max(all, Double.MIN_NORMAL));
  }
}
