package io.compot.kernel;

/** What runs over many numbers; one implementation for each way to do that on a processor. */
interface Arithmetic {

  /** For people. */
  String name();

  /** The rows of a matrix. */
  Rows rows(Weight.ByRows weight);

  /** The rows of a sparse code. */
  CodeRows code(Weight.Sparse weight);

  /** The columns of trellis codes. */
  TrellisColumns columns(Weight.Trellis weight);

  /** Σ a·b over n numbers from two places. */
  float dot(float[] a, int aAt, float[] b, int bAt, int n);

  /**
   * y = Σ factors[row] · W[row]: from {@code yAt}, over the rows from first, below last.
   *
   * @param factors that of row r is at {@code factorsAt + r}
   */
  void combine(
      Weight.Plain w, int first, int last, float[] factors, int factorsAt, float[] y, int yAt);

  /** gate ⊙ σ(gate) ⊙ up of the places from, below to; written to gate. */
  void silu(float[] gate, float[] up, int from, int to);

  /** exp(x − largest) in place of x, from, below to; gives their sum. */
  float exponentials(float[] x, int from, int to, float largest);
}
