package io.compot.image;

/** What becomes of pixels that one can see through. */
public enum Alpha {
  /** They lie on white, as transformers puts them. */
  ON_WHITE,
  /** Their colours are taken as they are, as Pillow's {@code convert("RGB")} does. */
  DROPPED
}
