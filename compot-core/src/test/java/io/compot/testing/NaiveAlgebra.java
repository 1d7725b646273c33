package io.compot.testing;

/** Linear algebra as in a textbook, on plain arrays: oracles for tests. */
public final class NaiveAlgebra {

  private NaiveAlgebra() {}

  public static double dot(double[] u, double[] v) {
    double sum = 0;
    for (int i = 0; i < u.length; i++) {
      sum += u[i] * v[i];
    }
    return sum;
  }

  /** AB. */
  public static double[][] product(double[][] a, double[][] b) {
    double[][] columns = transposed(b);
    double[][] product = new double[a.length][columns.length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < columns.length; j++) {
        product[i][j] = dot(a[i], columns[j]);
      }
    }
    return product;
  }

  public static double[][] transposed(double[][] a) {
    double[][] transposed = new double[a[0].length][a.length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[0].length; j++) {
        transposed[j][i] = a[i][j];
      }
    }
    return transposed;
  }

  /** x with Ax = b, by Gaussian elimination with partial pivoting. */
  public static double[] solve(double[][] a, double[] b) {
    int n = b.length;
    double[][] m = new double[n][];
    for (int i = 0; i < n; i++) {
      m[i] = java.util.Arrays.copyOf(a[i], n + 1);
      m[i][n] = b[i];
    }
    for (int c = 0; c < n; c++) {
      int pivot = c;
      for (int i = c + 1; i < n; i++) {
        pivot = Math.abs(m[i][c]) > Math.abs(m[pivot][c]) ? i : pivot;
      }
      double[] swapped = m[c];
      m[c] = m[pivot];
      m[pivot] = swapped;
      for (int i = c + 1; i < n; i++) {
        double factor = m[i][c] / m[c][c];
        for (int j = c; j <= n; j++) {
          m[i][j] -= factor * m[c][j];
        }
      }
    }
    double[] x = new double[n];
    for (int i = n - 1; i >= 0; i--) {
      double sum = m[i][n];
      for (int j = i + 1; j < n; j++) {
        sum -= m[i][j] * x[j];
      }
      x[i] = sum / m[i][i];
    }
    return x;
  }
}
