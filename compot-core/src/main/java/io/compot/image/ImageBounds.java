package io.compot.image;

/**
 * How many images are read of what somebody sends.
 *
 * @param images most of them
 * @param pixels most that they have together, before they are resized
 */
public record ImageBounds(int images, long pixels) {

  /** As many images as there are, each of as many pixels as are read at all. */
  public static final ImageBounds NONE = new ImageBounds(Integer.MAX_VALUE, Long.MAX_VALUE);
}
