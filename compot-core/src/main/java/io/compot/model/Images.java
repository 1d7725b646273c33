package io.compot.model;

/**
 * How a model that sees takes its images.
 *
 * @param token that stands for a piece of one in a text
 * @param channels of a pixel
 * @param patch pixels of a patch, in each direction
 * @param times how often an image is repeated in a patch, in place of a film's pictures
 * @param merge patches that become one token, in each direction
 */
public record Images(long token, int channels, int patch, int times, int merge) {

  /** Numbers of a patch: channels × times × rows × columns, in this order. */
  public long patchSize() {
    return (long) channels * times * patch * patch;
  }
}
