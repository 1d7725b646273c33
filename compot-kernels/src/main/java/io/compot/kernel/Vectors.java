package io.compot.kernel;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Vectors that products share, and the orders in which these read them, each made once. */
final class Vectors {

  private static final float[] NONE = {};

  private final Map<Object, float[]> arranged = new HashMap<>();
  private final Set<Object> made = new HashSet<>();
  private float[] x = NONE;
  private int count;

  /** Takes other vectors, one behind the other in x. */
  void set(float[] x, int count) {
    this.x = x;
    this.count = count;
    made.clear();
  }

  /** The vectors as they are. */
  float[] plain() {
    return x;
  }

  /** How many. */
  int count() {
    return count;
  }

  /** The vectors in the order in which some rows read them; for reading alone. */
  float[] arranged(Rows rows) {
    Object order = rows.order();
    float[] to = arranged.getOrDefault(order, NONE);
    if (made.add(order)) {
      to = Operation.roomy(to, count * rows.width());
      for (int i = 0; i < count; i++) {
        rows.arrange(x, i * rows.in(), to, i * rows.width());
      }
      arranged.put(order, to);
    }
    return to;
  }
}
