package io.compot.method.sparse;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import io.compot.tensor.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Batch-OMP (Rubinstein, Zibulevsky and Elad 2008): orthogonal matching pursuit with exactly s
 * atoms for every row of T, from the Gram matrix G = AAᵀ of the atoms and the correlations TAᵀ
 * alone.
 *
 * <p>A row's progressive Cholesky factor LLᵀ = G_II is kept as the rows of P = L⁻¹G_I, which hold L
 * itself in the columns I: a new atom i adds (G_i − Σ P_ui P_u)/pivot, and the correlations of the
 * residual with all atoms then change by a multiple of that row. A step costs O(kt), where the
 * residual itself would cost O(kp).
 *
 * <p>Of equal correlations the lower index wins. Atoms that depend on those already chosen cannot
 * lower the error; where no other is left they fill the support up to s with coefficients 0.
 */
final class MatchingPursuit {

  /** Squared sine below which an atom lies in the span of the others, in single precision. */
  private static final float DEPENDENT = 1e-5f;

  private final float[][] gram;
  private final int s;
  private final float[] correlations;
  private final float[][] orthogonal;
  private final int[] chosen;
  private final double[] projections;
  private final boolean[] taken;

  private MatchingPursuit(float[][] gram, int s) {
    this.gram = gram;
    this.s = s;
    int k = gram.length;
    this.correlations = new float[k];
    this.orthogonal = new float[s][k];
    this.chosen = new int[s];
    this.projections = new double[s];
    this.taken = new boolean[k];
  }

  /**
   * Codes all rows, on all cores.
   *
   * @param gram [k, k], F32, contiguous, unit diagonal
   * @param correlations [n, k], F32, contiguous
   * @param s at most k
   * @param code [n, k], F32: overwritten
   * @param support [n, k], F32: overwritten with 1 in the support, 0 elsewhere
   */
  static void run(Tensor gram, Tensor correlations, int s, Tensor code, Tensor support) {
    int k = Math.toIntExact(gram.size(0));
    int n = Math.toIntExact(correlations.size(0));
    MemorySegment products = NativeMemory.bytes(gram);
    float[][] g = new float[k][k];
    for (int i = 0; i < k; i++) {
      copy(products, i, g[i]);
    }
    MemorySegment from = NativeMemory.bytes(correlations);
    MemorySegment codes = NativeMemory.bytes(code);
    MemorySegment supports = NativeMemory.bytes(support);
    // Each task has a work space of s rows; a few tasks a core even out the load.
    int tasks = Math.min(n, 4 * Runtime.getRuntime().availableProcessors());
    IntStream.range(0, tasks)
        .parallel()
        .forEach(task -> {
          var pursuit = new MatchingPursuit(g, s);
          float[] values = new float[k];
          float[] mask = new float[k];
          for (int row = task; row < n; row += tasks) {
            copy(from, row, pursuit.correlations);
            pursuit.choose(values, mask);
            MemorySegment.copy(values, 0, codes, JAVA_FLOAT, offset(row, k), k);
            MemorySegment.copy(mask, 0, supports, JAVA_FLOAT, offset(row, k), k);
          }
        });
  }

  private static void copy(MemorySegment from, int row, float[] to) {
    MemorySegment.copy(from, JAVA_FLOAT, offset(row, to.length), to, 0, to.length);
  }

  private static long offset(int row, int k) {
    return (long) row * k * Float.BYTES;
  }

  private void choose(float[] values, float[] mask) {
    Arrays.fill(taken, false);
    Arrays.fill(values, 0);
    Arrays.fill(mask, 0);
    int found = 0;
    int rejected = 0;
    while (found < s && found + rejected < taken.length) {
      int atom = best();
      taken[atom] = true;
      float[] row = orthogonalised(atom, found);
      float pivot = row[atom];
      if (pivot < DEPENDENT) {
        rejected++;
        continue;
      }
      float scale = (float) (1 / Math.sqrt(pivot));
      float projection = correlations[atom] * scale;
      chosen[found] = atom;
      projections[found] = projection;
      subtract(row, scale, projection);
      mask[atom] = 1;
      found++;
    }
    fillUp(mask, found);
    solve(found, values);
  }

  private int best() {
    int best = -1;
    float largest = -1;
    for (int i = 0; i < correlations.length; i++) {
      float magnitude = Math.abs(correlations[i]);
      if (magnitude > largest && !taken[i]) {
        largest = magnitude;
        best = i;
      }
    }
    return best;
  }

  /** G_i − Σ P_ui P_u over the first {@code found} rows: the hot loop. */
  private float[] orthogonalised(int atom, int found) {
    float[] row = orthogonal[found];
    System.arraycopy(gram[atom], 0, row, 0, row.length);
    int u = 0;
    for (; u + 8 <= found; u += 8) {
      subtractEight(row, u, atom);
    }
    for (; u < found; u++) {
      float[] p = orthogonal[u];
      float w = p[atom];
      for (int j = 0; j < row.length; j++) {
        row[j] -= w * p[j];
      }
    }
    return row;
  }

  private void subtractEight(float[] row, int u, int atom) {
    float[] p0 = orthogonal[u];
    float[] p1 = orthogonal[u + 1];
    float[] p2 = orthogonal[u + 2];
    float[] p3 = orthogonal[u + 3];
    float[] p4 = orthogonal[u + 4];
    float[] p5 = orthogonal[u + 5];
    float[] p6 = orthogonal[u + 6];
    float[] p7 = orthogonal[u + 7];
    float w0 = p0[atom];
    float w1 = p1[atom];
    float w2 = p2[atom];
    float w3 = p3[atom];
    float w4 = p4[atom];
    float w5 = p5[atom];
    float w6 = p6[atom];
    float w7 = p7[atom];
    for (int j = 0; j < row.length; j++) {
      float even = w0 * p0[j] + w2 * p2[j] + w4 * p4[j] + w6 * p6[j];
      float odd = w1 * p1[j] + w3 * p3[j] + w5 * p5[j] + w7 * p7[j];
      row[j] -= even + odd;
    }
  }

  private void subtract(float[] row, float scale, float projection) {
    for (int j = 0; j < row.length; j++) {
      row[j] *= scale;
      correlations[j] -= projection * row[j];
    }
  }

  /** Back substitution Lᵀx = z; L_tu stands in row u of P, in the column of atom t. */
  private void solve(int found, float[] values) {
    for (int u = found - 1; u >= 0; u--) {
      float[] row = orthogonal[u];
      double x = projections[u];
      for (int t = u + 1; t < found; t++) {
        x -= (double) row[chosen[t]] * values[chosen[t]];
      }
      values[chosen[u]] = (float) (x / row[chosen[u]]);
    }
  }

  private void fillUp(float[] mask, int found) {
    for (int i = 0, missing = s - found; missing > 0; i++) {
      if (mask[i] == 0) {
        mask[i] = 1;
        missing--;
      }
    }
  }
}
