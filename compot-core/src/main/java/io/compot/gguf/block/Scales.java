package io.compot.gguf.block;

/** How the scales of a block are stored. */
enum Scales {
  /** One scale in half precision: x = d·level. */
  ONE,
  /** A scale and a minimum in half precision: x = d·level + m. */
  AFFINE,
  /** A power of two. */
  POWER,
  /** A half-precision scale of whole-numbered scales of sub-blocks: x = d·s·level. */
  SUPER,
  /** The same with minima, both without sign: x = d·s·level − m·t. */
  SUPER_AFFINE
}
