package io.compot.decode;

/** What one text has seen. */
public interface Seen {

  /** Positions. */
  int positions();

  /** How much further its next token is turned than there are positions; below 0 behind images. */
  int shift();

  /** What a layer keeps of them. */
  LayerMemory layer(int index);
}
