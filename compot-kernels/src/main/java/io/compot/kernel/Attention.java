package io.compot.kernel;

/**
 * Attention of one token's query heads to the keys and values of one key head, as they are stored.
 * Has memory of its own: one for each thread or head.
 */
public final class Attention {

  private final Arithmetic arithmetic;
  private float[] arranged = {};
  private float[] scores = {};

  Attention(Arithmetic arithmetic) {
    this.arithmetic = arithmetic;
  }

  /**
   * softmax(softcap · tanh(scale · q kᵀ / softcap)) v, over the places from first, below last.
   *
   * @param keys [places, d]
   * @param values [places, d]
   * @param q [heads, d] from {@code qAt}
   * @param softcap 0 for none
   * @param y takes [heads, d] from {@code yAt}
   */
  public void attend(
      Weight.Plain keys,
      Weight.Plain values,
      int first,
      int last,
      float[] q,
      int qAt,
      int heads,
      double scale,
      double softcap,
      float[] y,
      int yAt) {
    int d = keys.in();
    Rows rows = arithmetic.rows(keys);
    arranged = Operation.roomy(arranged, heads * rows.width());
    for (int head = 0; head < heads; head++) {
      rows.arrange(q, qAt + head * d, arranged, head * rows.width());
    }
    scores = Operation.roomy(scores, heads * last + 2 * last);
    rows.product(first, last, arranged, heads, scores, last);
    for (int head = 0; head < heads; head++) {
      int from = head * last;
      normalise(from + first, from + last, (float) scale, softcap);
      arithmetic.combine(values, first, last, scores, from, y, yAt + head * d);
    }
  }

  private void normalise(int from, int to, float scale, double softcap) {
    float largest = Float.NEGATIVE_INFINITY;
    for (int i = from; i < to; i++) {
      float score = scores[i] * scale;
      scores[i] = softcap == 0 ? score : (float) (softcap * Math.tanh(score / softcap));
      largest = Math.max(largest, scores[i]);
    }
    float share = 1 / arithmetic.exponentials(scores, from, to, largest);
    for (int i = from; i < to; i++) {
      scores[i] *= share;
    }
  }
}
