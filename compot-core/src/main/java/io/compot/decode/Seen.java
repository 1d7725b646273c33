package io.compot.decode;

/** What one text has seen. */
public interface Seen {

  /** The position of its next token. */
  int positions();

  /** What a layer keeps of them. */
  LayerMemory layer(int index);
}
