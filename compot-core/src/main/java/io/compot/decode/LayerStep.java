package io.compot.decode;

import io.compot.kernel.Attention;
import io.compot.kernel.Kernels;
import io.compot.kernel.Product;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One layer, ready to be applied to a vector of each of several texts. */
final class LayerStep {

  private final Kernels kernels;
  private final DecoderLayer layer;
  private final int width;
  private final List<Product> toAttention;
  private final Product fromAttention;
  private final List<Product> toFeedForward;
  private final Product fromFeedForward;

  LayerStep(Kernels kernels, DecoderLayer layer, int width) {
    this.kernels = kernels;
    this.layer = layer;
    this.width = width;
    this.toAttention = products(layer.attention().input());
    this.fromAttention = kernels.product(layer.attention().output().weight());
    this.toFeedForward = products(layer.feedForward().input());
    this.fromFeedForward = kernels.product(layer.feedForward().output().weight());
  }

  private List<Product> products(List<Projected> projections) {
    return projections.stream().map(each -> kernels.product(each.weight())).toList();
  }

  /**
   * Applies the layer in place.
   *
   * @param hidden [count, width]
   * @param memories of this layer, one for each row; those of the same text in the order of its
   *     tokens
   * @param positions of the rows
   * @param heads room for attention, one for each row and head
   */
  void apply(
      float[] hidden,
      int count,
      List<LayerMemory> memories,
      int[] positions,
      Turns turns,
      List<Attention> heads) {
    Around around = layer.aroundAttention();
    float[] x = normed(around.before(), hidden, count);
    close(around, attend(x, count, memories, positions, turns, heads), hidden, count);
    around = layer.aroundFeedForward();
    x = normed(around.before(), hidden, count);
    close(around, feedForward(x, count), hidden, count);
  }

  private float[] normed(@Nullable NormWeights norm, float[] x, int count) {
    float[] to = new float[count * width];
    if (norm == null) {
      System.arraycopy(x, 0, to, 0, to.length);
    } else {
      norm.apply(kernels, x, 0, to, 0, count);
    }
    return to;
  }

  private void close(Around around, float[] made, float[] hidden, int count) {
    NormWeights inner = around.inner();
    if (inner != null) {
      inner.apply(kernels, made, 0, made, 0, count);
    }
    float multiplier = (float) around.multiplier();
    for (int i = 0; i < count * width; i++) {
      hidden[i] += multiplier * made[i];
    }
    NormWeights after = around.after();
    if (after != null) {
      after.apply(kernels, hidden, 0, hidden, 0, count);
    }
  }

  private float[] attend(
      float[] x,
      int count,
      List<LayerMemory> memories,
      int[] positions,
      Turns turns,
      List<Attention> rooms) {
    AttentionWeights own = layer.attention();
    int d = own.headDim();
    int queryWidth = own.heads() * d;
    int keyWidth = own.kvHeads() * d;
    List<float[]> made =
        outputs(own.input(), toAttention, x, count, List.of(queryWidth, keyWidth, keyWidth));
    float[] q = made.get(0);
    float[] k = made.get(1);
    norm(own.queryNorm(), q, count * queryWidth);
    norm(own.keyNorm(), k, count * keyWidth);
    for (int row = 0; row < count; row++) {
      Angles angles = own.angles();
      if (angles != null) {
        turns.turn(angles, row, q, row * queryWidth, own.heads(), d);
        turns.turn(angles, row, k, row * keyWidth, own.kvHeads(), d);
      }
      memories.get(row).append(own.kvHeads(), d, k, made.get(2), row * keyWidth);
    }
    float[] mixed = new float[count * queryWidth];
    int group = own.heads() / own.kvHeads();
    kernels.forEach(
        count * own.heads(),
        task -> {
          int row = task / own.heads();
          int head = task % own.heads();
          int last = positions[row] + 1;
          int first = (int) Math.max(0, last - own.window());
          int at = row * queryWidth + head * d;
          LayerMemory memory = memories.get(row);
          rooms
              .get(task)
              .attend(
                  memory.keys(head / group),
                  memory.values(head / group),
                  first,
                  last,
                  q,
                  at,
                  1,
                  own.scale(),
                  own.softcap(),
                  mixed,
                  at);
        });
    return projected(own.output(), fromAttention, mixed, count);
  }

  private void norm(@Nullable NormWeights norm, float[] x, int all) {
    if (norm != null) {
      norm.apply(kernels, x, 0, x, 0, all / norm.scale().length);
    }
  }

  private float[] feedForward(float[] x, int count) {
    FeedForwardWeights own = layer.feedForward();
    int inner = own.output().weight().in();
    List<float[]> made = outputs(own.input(), toFeedForward, x, count, List.of(inner, inner));
    float[] gate = made.get(0);
    float[] up = made.get(1);
    if (own.gate() == Gate.SILU) {
      kernels.silu(gate, up, count * inner);
    } else {
      kernels.forEach(count * inner, i -> gate[i] = own.gate().of(gate[i]) * up[i]);
    }
    return projected(own.output(), fromFeedForward, gate, count);
  }

  private float[] projected(Projected projection, Product product, float[] x, int count) {
    float[] y = new float[count * width];
    kernels.apply(product, x, count, y);
    projection.addBias(y, count);
    return y;
  }

  /** The outputs of several projections of one input; those of one that has all are taken apart. */
  private List<float[]> outputs(
      List<Projected> projections,
      List<Product> products,
      float[] x,
      int count,
      List<Integer> widths) {
    List<float[]> whole =
        projections.stream().map(each -> new float[count * each.weight().out()]).toList();
    kernels.apply(products, x, count, whole);
    for (int i = 0; i < whole.size(); i++) {
      projections.get(i).addBias(whole.get(i), count);
    }
    return whole.size() == widths.size() ? whole : apart(whole.getFirst(), count, widths);
  }

  private static List<float[]> apart(float[] joined, int count, List<Integer> widths) {
    int all = joined.length / count;
    List<float[]> parts = new ArrayList<>();
    int from = 0;
    for (int width : widths) {
      float[] part = new float[count * width];
      for (int row = 0; row < count; row++) {
        System.arraycopy(joined, row * all + from, part, row * width, width);
      }
      parts.add(part);
      from += width;
    }
    return parts;
  }
}
