package io.compot.kernel;

/** Rows as they are, in plain Java: a row is read into floats, and multiplied. */
record PlainRows(Weight.ByRows weight) implements Rows {

  @Override
  public int out() {
    return weight.out();
  }

  @Override
  public int in() {
    return weight.in();
  }

  @Override
  public int width() {
    return weight.in();
  }

  @Override
  public Object order() {
    return weight.in();
  }

  @Override
  public void arrange(float[] x, int from, float[] to, int at) {
    System.arraycopy(x, from, to, at, weight.in());
  }

  @Override
  public void product(int first, int last, float[] arranged, int count, float[] y, int stride) {
    float[] numbers = new float[weight.in()];
    for (int row = first; row < last; row++) {
      read(row, numbers);
      for (int i = 0; i < count; i++) {
        y[i * stride + row] = dot(numbers, arranged, i * numbers.length);
      }
    }
  }

  /** Four sums side by side: an order of its own, the same everywhere. */
  private static float dot(float[] numbers, float[] x, int at) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    int i = 0;
    for (; i + 4 <= numbers.length; i += 4) {
      a = Math.fma(numbers[i], x[at + i], a);
      b = Math.fma(numbers[i + 1], x[at + i + 1], b);
      c = Math.fma(numbers[i + 2], x[at + i + 2], c);
      d = Math.fma(numbers[i + 3], x[at + i + 3], d);
    }
    for (; i < numbers.length; i++) {
      a = Math.fma(numbers[i], x[at + i], a);
    }
    return a + b + (c + d);
  }

  @Override
  public void read(int row, float[] to) {
    switch (weight) {
      case Weight.Plain plain -> {
        long at = (long) row * plain.in();
        for (int i = 0; i < plain.in(); i++) {
          to[i] = plain.type().get(plain.numbers(), at + i);
        }
      }
      case Weight.Grouped grouped -> new Codes(grouped).read(row, to);
    }
  }
}
