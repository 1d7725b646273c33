package io.compot.benchmarks;

import io.compot.kernel.Kernels;
import io.compot.kernel.NumberType;
import io.compot.kernel.Product;
import io.compot.kernel.Turn;
import io.compot.kernel.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * How fast kernels read each form of weight, as a ratio to copying the same bytes, turn by turn in
 * one thread and by processor time, which others on the machine disturb least; medians.
 *
 * <p>FORM is a part of the names of those that are measured.
 *
 * <pre>
 * {@code java --add-modules jdk.incubator.vector ... KernelBenchmark [OUTxIN [seconds [FORM]]]}
 * </pre>
 */
public final class KernelBenchmark {

  private static final int WARM_UP = 200;

  private final Arena arena = Arena.ofAuto();
  private final Random random = new Random(1);

  private KernelBenchmark() {}

  public static void main(String[] arguments) {
    String[] shape = (arguments.length > 0 ? arguments[0] : "4096x1536").split("x", 2);
    double seconds = arguments.length > 1 ? Double.parseDouble(arguments[1]) : 5;
    String only = arguments.length > 2 ? arguments[2] : "";
    var benchmark = new KernelBenchmark();
    int out = Integer.parseInt(shape[0]);
    int in = Integer.parseInt(shape[1]);
    try (var kernels = Kernels.of(1)) {
      System.out.printf("%s, %d x %d%n", kernels.name(), out, in);
      System.out.println("form  vectors  10^9 weights/s  GB/s  of a copy's");
      benchmark
          .weights(out, in)
          .forEach((form, weight) -> {
            if (!form.contains(only)) {
              return;
            }
            for (int count : new int[] {1, 8}) {
              benchmark.measure(kernels, form, weight, count, seconds);
            }
          });
    }
  }

  private Map<String, Weight> weights(int out, int in) {
    Map<String, Weight> all = new LinkedHashMap<>();
    for (NumberType type : NumberType.values()) {
      all.put(type.name(), plain(type, out, in));
    }
    for (int width = 2; width <= 8; width++) {
      all.put(width + " bits by 128", grouped(width, 128, out, in));
    }
    all.put("4 bits by 32", grouped(4, 32, out, in));
    int k = in / 2;
    all.put("sparse BF16", sparse(out, k, in));
    all.put(
        "low rank BF16",
        new Weight.LowRank(plain(NumberType.BF16, out, k), plain(NumberType.BF16, k, in)));
    all.put("trellis of 3 bits", trellis(6, out, in));
    return all;
  }

  private void measure(Kernels kernels, String form, Weight weight, int count, double seconds) {
    Product product = kernels.product(weight);
    float[] x = new float[count * weight.in()];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) random.nextGaussian();
    }
    float[] y = new float[count * weight.out()];
    long bytes = bytes(weight);
    MemorySegment from = arena.allocate(bytes, 64);
    MemorySegment to = arena.allocate(bytes, 64);
    for (int i = 0; i < WARM_UP; i++) {
      kernels.apply(product, x, count, y);
      to.copyFrom(from);
    }
    var times = new double[2][100_000];
    int rounds = 0;
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() < end && rounds < times[0].length) {
      times[0][rounds] = cpu(() -> kernels.apply(product, x, count, y));
      times[1][rounds++] = cpu(() -> to.copyFrom(from));
    }
    double own = median(times[0], rounds);
    double copy = median(times[1], rounds);
    System.out.printf(
        "%s  %d  %.2f  %.1f  %.2f%n",
        form, count, (double) weight.out() * weight.in() / own, bytes / own, copy / own);
  }

  private static double cpu(Runnable work) {
    var threads = ManagementFactory.getThreadMXBean();
    long start = threads.getCurrentThreadCpuTime();
    work.run();
    return threads.getCurrentThreadCpuTime() - start;
  }

  private static double median(double[] times, int count) {
    double[] sorted = Arrays.copyOf(times, count);
    Arrays.sort(sorted);
    return sorted[count / 2];
  }

  private static long bytes(Weight weight) {
    return switch (weight) {
      case Weight.Plain plain -> plain.numbers().byteSize();
      case Weight.Grouped grouped -> grouped.codes().byteSize() + grouped.scales().byteSize();
      case Weight.LowRank(Weight left, Weight right) -> bytes(left) + bytes(right);
      case Weight.Sum(Weight base, Weight rest) -> bytes(base) + bytes(rest);
      case Weight.Sparse sparse ->
          bytes(sparse.dictionary()) + bytes(sparse.values()) + sparse.mask().byteSize();
      case Weight.Trellis trellis -> trellis.codes().byteSize();
    };
  }

  private Weight.Plain plain(NumberType type, int out, int in) {
    MemorySegment numbers = arena.allocate((long) out * in * type.bytes(), 64);
    for (long i = 0; i < (long) out * in; i++) {
      type.set(numbers, i, (float) random.nextGaussian());
    }
    return new Weight.Plain(type, out, in, numbers);
  }

  private Weight.Grouped grouped(int width, int group, int out, int in) {
    int words = Math.ceilDiv(in * width, Integer.SIZE);
    Weight.Plain scales = plain(NumberType.F16, out, in / group);
    return new Weight.Grouped(
        out, in, width, group, bits(4L * out * words), NumberType.F16, scales.numbers(), null);
  }

  /** About half of the places have values. */
  private Weight.Sparse sparse(int out, int k, int in) {
    MemorySegment mask = bits((long) out * k / Byte.SIZE);
    int values = 0;
    for (byte each : mask.toArray(ValueLayout.JAVA_BYTE)) {
      values += Integer.bitCount(each & 0xff);
    }
    return new Weight.Sparse(
        plain(NumberType.BF16, k, in), plain(NumberType.BF16, 1, values), out, mask);
  }

  private Weight.Trellis trellis(int halfBits, int out, int in) {
    return new Weight.Trellis(
        out,
        in,
        halfBits,
        12,
        1543,
        256,
        bits((long) in * out * halfBits / 2 / Byte.SIZE),
        1,
        turn(out),
        turn(in));
  }

  private Turn turn(int size) {
    float[] signs = new float[size];
    for (int i = 0; i < size; i++) {
      signs[i] = random.nextBoolean() ? 1 : -1;
    }
    return new Turn(signs);
  }

  private MemorySegment bits(long bytes) {
    byte[] all = new byte[Math.toIntExact(bytes)];
    random.nextBytes(all);
    MemorySegment segment = arena.allocate(bytes, 64);
    segment.copyFrom(MemorySegment.ofArray(all));
    return segment;
  }
}
