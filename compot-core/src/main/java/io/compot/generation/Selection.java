package io.compot.generation;

/** Order statistics of primitive numbers. */
final class Selection {

  private Selection() {}

  /**
   * The k-th largest value, by quickselect (Hoare, "Algorithm 65: Find").
   *
   * @param values put into another order
   * @param k from 1
   */
  static double largest(double[] values, int k) {
    int low = 0;
    int high = values.length - 1;
    int wanted = values.length - k;
    while (low < high) {
      double pivot = median(values[low], values[(low + high) >>> 1], values[high]);
      int i = low;
      int j = high;
      while (i <= j) {
        while (values[i] < pivot) {
          i++;
        }
        while (values[j] > pivot) {
          j--;
        }
        if (i <= j) {
          double swapped = values[i];
          values[i++] = values[j];
          values[j--] = swapped;
        }
      }
      if (wanted <= j) {
        high = j;
      } else if (wanted >= i) {
        low = i;
      } else {
        break;
      }
    }
    return values[wanted];
  }

  private static double median(double a, double b, double c) {
    return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c));
  }

  /** Indices in the order of their keys, the lower first where keys are equal (merge sort). */
  static int[] ascending(double[] keys) {
    int[] order = new int[keys.length];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    int[] other = new int[order.length];
    for (int width = 1; width < order.length; width *= 2) {
      for (int from = 0; from < order.length; from += 2 * width) {
        int middle = Math.min(from + width, order.length);
        merge(keys, order, other, from, middle, Math.min(middle + width, order.length));
      }
      int[] swapped = order;
      order = other;
      other = swapped;
    }
    return order;
  }

  private static void merge(double[] keys, int[] order, int[] into, int from, int middle, int to) {
    int left = from;
    int right = middle;
    for (int i = from; i < to; i++) {
      boolean takeLeft =
          left < middle
              && (right >= to || Double.compare(keys[order[left]], keys[order[right]]) <= 0);
      into[i] = takeLeft ? order[left++] : order[right++];
    }
  }
}
