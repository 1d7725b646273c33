package io.compot.decode;

/** How far each pair of dimensions of a head is turned at a position (arXiv 2104.09864). */
public interface Angles {

  /** Pairs that are turned: dimension i with dimension i + pairs. */
  int pairs();

  /** Cosines and sines, {@link #pairs} each, with the factor that attention is scaled by. */
  void at(int position, float[] cos, float[] sin);
}
