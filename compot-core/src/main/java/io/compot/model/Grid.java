package io.compot.model;

/**
 * An image as patches, as many as rows × columns; each number is a multiple of the model's merge
 * size.
 */
public record Grid(int rows, int columns) {

  /** A grid of at least one patch. */
  public Grid {
    if (rows < 1 || columns < 1) {
      throw new IllegalArgumentException("no patches: " + rows + " x " + columns);
    }
  }

  /** Patches. */
  public long patches() {
    return (long) rows * columns;
  }

  /**
   * Tokens that stand for it in a text.
   *
   * @param merge patches that become one token, in each direction
   */
  public long tokens(int merge) {
    return (long) (rows / merge) * (columns / merge);
  }
}
