package io.compot.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every implementation, held to products in doubles of what the bits stand for. */
class KernelsTest {

  private static Map<String, Supplier<Arithmetic>> implementations() {
    Map<String, Supplier<Arithmetic>> all = new LinkedHashMap<>();
    all.put("plain", PlainArithmetic::new);
    if (ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()) {
      all.put("vector", () -> new VectorArithmetic());
    }
    return all;
  }

  private static Map<String, Weight> weights(RandomWeights random) {
    Map<String, Weight> all = new LinkedHashMap<>();
    for (NumberType type : NumberType.values()) {
      for (int in : List.of(1, 31, 64, 100, 192)) {
        all.put(type + " of " + in, random.plain(type, 7, in));
      }
    }
    for (int width = 2; width <= 8; width++) {
      for (int group : List.of(8, 32, 96, 192)) {
        for (NumberType scale : NumberType.values()) {
          boolean zeros = scale != NumberType.BF16;
          all.put(
              "%d bits by %d, %s".formatted(width, group, scale),
              random.grouped(width, group, zeros, scale, 9, 192));
        }
      }
      all.put(width + " bits of 33", random.grouped(width, 33, true, NumberType.F32, 5, 33));
      all.put(width + " bits of 1024", random.grouped(width, 128, false, NumberType.F16, 3, 1024));
    }
    for (NumberType type : NumberType.values()) {
      all.put("sparse " + type, random.sparse(type, false, 40, 70, 48));
      all.put("sparse wide " + type, random.sparse(type, false, 40, 128, 48));
      all.put("sparse " + type + ", 4 bits", random.sparse(type, true, 40, 45, 48));
    }
    var left = random.plain(NumberType.BF16, 40, 12);
    all.put("low rank", new Weight.LowRank(left, random.plain(NumberType.BF16, 12, 33)));
    var base = random.grouped(4, 8, true, NumberType.F16, 40, 32);
    var rest = new Weight.LowRank(left, random.plain(NumberType.F32, 12, 32));
    all.put("sum", new Weight.Sum(base, rest));
    for (int halfBits = 2; halfBits <= 12; halfBits++) {
      all.put("trellis " + halfBits, random.trellis(halfBits, 12, 32, 96, 40));
    }
    all.put("trellis of 14 bits", random.trellis(11, 14, 48, 96, 24));
    all.put("trellis of 16 bits", random.trellis(5, 16, 24, 40, 17));
    all.put("trellis of odd rings", random.trellis(6, 12, 50, 72, 33));
    return all;
  }

  @TestFactory
  Stream<DynamicTest> products() {
    List<DynamicTest> tests = new ArrayList<>();
    implementations()
        .forEach((name, arithmetic) -> {
          for (int threads : List.of(1, 3)) {
            tests.add(
                DynamicTest.dynamicTest(
                    name + ", " + threads + " threads", () -> check(arithmetic.get(), threads)));
          }
        });
    return tests.stream();
  }

  private static void check(Arithmetic arithmetic, int threads) {
    try (var shared = Arena.ofShared();
        var kernels = new Kernels(arithmetic, threads)) {
      var random = new RandomWeights(shared, 1);
      weights(random)
          .forEach((form, weight) -> {
            double[][] dense = NaiveWeights.dense(weight);
            Product product = kernels.product(weight);
            for (int count : List.of(1, 2, 6)) {
              float[] x = random.vector(count * weight.in());
              float[] y = new float[count * weight.out()];
              kernels.apply(product, x, count, y);
              for (int i = 0; i < count; i++) {
                for (int row = 0; row < weight.out(); row++) {
                  double sum = 0;
                  double size = 0;
                  for (int j = 0; j < weight.in(); j++) {
                    sum += dense[row][j] * x[i * weight.in() + j];
                    size += Math.abs(dense[row][j] * x[i * weight.in() + j]);
                  }
                  // Of products of two matrices the middle is rounded, too.
                  assertThat((double) y[i * weight.out() + row])
                      .as("%s, vector %d of %d, row %d", form, i, count, row)
                      .isCloseTo(sum, within(1e-5 * size + 1e-5));
                }
              }
            }
          });
    }
  }

  /** The same threads, the same bits; and a product is the same beside others. */
  @Test
  void repeats() {
    implementations()
        .forEach((name, arithmetic) -> {
          try (var shared = Arena.ofShared();
              var kernels = new Kernels(arithmetic.get(), 2)) {
            var random = new RandomWeights(shared, 2);
            var one = kernels.product(random.plain(NumberType.BF16, 50, 64));
            var other = kernels.product(random.trellis(6, 12, 32, 64, 64));
            float[] x = random.vector(64);
            float[] first = new float[64];
            float[] alone = new float[50];
            kernels.apply(other, x, 1, first);
            kernels.apply(one, x, 1, alone);
            for (int i = 0; i < 50; i++) {
              float[] again = new float[64];
              float[] beside = new float[50];
              kernels.apply(List.of(one, other), x, 1, List.of(beside, again));
              assertThat(again).as(name).isEqualTo(first);
              assertThat(beside).as(name).isEqualTo(alone);
            }
          }
        });
  }

  @Test
  void attends() {
    implementations()
        .forEach((name, arithmetic) -> {
          try (var shared = Arena.ofShared();
              var kernels = new Kernels(arithmetic.get(), 1)) {
            for (NumberType type : NumberType.values()) {
              for (int d : List.of(8, 32, 80)) {
                attends(
                    name + " " + type + " " + d, kernels, new RandomWeights(shared, d), type, d);
              }
            }
          }
        });
  }

  private static void attends(
      String as, Kernels kernels, RandomWeights random, NumberType type, int d) {
    Weight.Plain keys = random.plain(type, 40, d);
    Weight.Plain values = random.plain(type, 40, d);
    float[] q = random.vector(3 * d);
    float[] y = new float[3 * d];
    kernels.attention().attend(keys, values, 5, 37, q, 0, 3, 0.2, 3, y, 0);
    double[][] k = NaiveWeights.dense(keys);
    double[][] v = NaiveWeights.dense(values);
    for (int head = 0; head < 3; head++) {
      double[] mixed = new double[d];
      double whole = 0;
      for (int place = 5; place < 37; place++) {
        double score = 0;
        for (int i = 0; i < d; i++) {
          score += k[place][i] * q[head * d + i];
        }
        double weight = Math.exp(3 * Math.tanh(score * 0.2 / 3));
        whole += weight;
        for (int i = 0; i < d; i++) {
          mixed[i] += weight * v[place][i];
        }
      }
      for (int i = 0; i < d; i++) {
        assertThat((double) y[head * d + i]).as(as).isCloseTo(mixed[i] / whole, within(1e-5));
      }
    }
  }

  @Test
  void activates() {
    implementations()
        .forEach((name, arithmetic) -> {
          try (var shared = Arena.ofShared();
              var kernels = new Kernels(arithmetic.get(), 2)) {
            var random = new RandomWeights(shared, 3);
            float[] gate = random.vector(77);
            float[] up = random.vector(77);
            gate[5] = -200;
            gate[6] = 200;
            float[] made = gate.clone();
            kernels.silu(made, up, 77);
            for (int i = 0; i < 77; i++) {
              double expected = gate[i] / (1 + Math.exp(-gate[i])) * up[i];
              assertThat((double) made[i]).as(name).isCloseTo(expected, within(2e-4));
            }
          }
        });
  }

  /** A helper that fails ends the work with its failure, and the team goes on. */
  @Test
  void failuresAreHeard() {
    try (var team = new Team(3)) {
      for (int round = 0; round < 3; round++) {
        org.assertj.core.api.Assertions.assertThatThrownBy(() ->
                team.run((part, parts) -> {
                  if (part == 2) {
                    throw new IllegalArgumentException("no");
                  }
                }))
            .hasMessageContaining("no");
        int[] done = new int[3];
        team.run((part, parts) -> done[part]++);
        assertThat(done).containsExactly(1, 1, 1);
      }
    }
  }
}
