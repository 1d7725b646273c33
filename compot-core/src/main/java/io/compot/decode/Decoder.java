package io.compot.decode;

import io.compot.kernel.Attention;
import io.compot.kernel.Kernels;
import io.compot.kernel.Product;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * A decoder that adds tokens to texts by kernels alone, in single precision whatever its weights
 * are stored in. For one caller at a time; closing it ends its threads and leaves the weights.
 */
public final class Decoder implements AutoCloseable {

  private final Kernels kernels;
  private final DecoderWeights weights;
  private final int width;
  private final List<LayerStep> layers;
  private final Product head;
  private final List<Angles> angles;
  private final List<Attention> rooms = new ArrayList<>();

  /**
   * A decoder of such weights.
   *
   * @param threads that share each product
   */
  public Decoder(DecoderWeights weights, int threads) {
    this.kernels = Kernels.of(threads);
    this.weights = weights;
    this.width = weights.table().in();
    this.layers =
        weights.layers().stream().map(layer -> new LayerStep(kernels, layer, width)).toList();
    this.head = kernels.product(weights.head().weight());
    this.angles =
        weights.layers().stream()
            .map(layer -> layer.attention().angles())
            .filter(Objects::nonNull)
            .distinct()
            .toList();
  }

  /** What computes, for people. */
  public String kernels() {
    return kernels.name();
  }

  /**
   * Adds a token to each text.
   *
   * @param tokens below the number of the table's rows
   * @param seen what each token follows, extended by it; a text may be there several times, with
   *     its next tokens in their order
   * @return logits behind each token
   */
  public float[][] step(long[] tokens, List<? extends Seen> seen) {
    int count = tokens.length;
    int[] positions = positions(seen);
    float[] hidden = embedded(tokens);
    Turns turns = Turns.of(angles, turned(positions, seen));
    for (int index = 0; index < layers.size(); index++) {
      List<LayerMemory> memories = new ArrayList<>(count);
      for (Seen each : seen) {
        memories.add(each.layer(index));
      }
      layers
          .get(index)
          .apply(
              hidden,
              count,
              memories,
              positions,
              turns,
              rooms(count * weights.layers().get(index).attention().heads()));
    }
    return logits(hidden, count);
  }

  private static int[] positions(List<? extends Seen> seen) {
    int[] positions = new int[seen.size()];
    var next = new IdentityHashMap<Seen, Integer>();
    for (int row = 0; row < positions.length; row++) {
      Seen own = seen.get(row);
      positions[row] = next.getOrDefault(own, own.positions());
      next.put(own, positions[row] + 1);
    }
    return positions;
  }

  private static int[] turned(int[] positions, List<? extends Seen> seen) {
    int[] turned = positions.clone();
    for (int row = 0; row < turned.length; row++) {
      turned[row] += seen.get(row).shift();
    }
    return turned;
  }

  private float[] embedded(long[] tokens) {
    float[] hidden = new float[tokens.length * width];
    float[] row = new float[width];
    for (int i = 0; i < tokens.length; i++) {
      kernels.row(weights.table(), Math.toIntExact(tokens[i]), row);
      for (int j = 0; j < width; j++) {
        hidden[i * width + j] = (float) (row[j] * weights.embeddingScale());
      }
    }
    return hidden;
  }

  private List<Attention> rooms(int count) {
    while (rooms.size() < count) {
      rooms.add(kernels.attention());
    }
    return rooms;
  }

  private float[][] logits(float[] hidden, int count) {
    weights.norm().apply(kernels, hidden, 0, hidden, 0, count);
    int vocabulary = weights.head().weight().out();
    float[] all = new float[count * vocabulary];
    kernels.apply(head, hidden, count, all);
    weights.head().addBias(all, count);
    float divisor = (float) weights.divisor();
    double cap = weights.cap();
    if (divisor != 1 || cap != 0) {
      kernels.forEach(
          all.length,
          i -> {
            float logit = all[i] / divisor;
            all[i] = cap == 0 ? logit : (float) (cap * Math.tanh(logit / cap));
          });
    }
    return Stream.iterate(0, row -> row < count, row -> row + 1)
        .map(row -> java.util.Arrays.copyOfRange(all, row * vocabulary, (row + 1) * vocabulary))
        .toArray(float[][]::new);
  }

  @Override
  public void close() {
    kernels.close();
  }
}
