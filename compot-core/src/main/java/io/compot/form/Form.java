package io.compot.form;

/**
 * What may stand in a weight's place, and in which size: known, with its exact bits, before it
 * exists. Forms say nothing of numbers' values; those are a {@link Packed}'s.
 *
 * <p>The family is closed by the list of codecs, not by the compiler: whoever meets a form asks its
 * codec and never tells forms apart. So a form is one record and one codec, and a switch over forms
 * that a new one would have to be added to should not be written.
 */
public interface Form {

  /**
   * Exact bits on disk of a weight of torch layout [out, in].
   *
   * @param in input features of the projection
   * @param out output features
   */
  long bits(long in, long out);

  /** How many numbers it is made of; masks and scales are none. */
  long numbers(long in, long out);

  /** Whether a weight of that shape can have this form at all. */
  boolean fits(long in, long out);

  /** For people: "rank 44", or "k 59, s 29". */
  String words();

  /** What many of them have in common whatever their size, for people: "low rank, 4 bits by 64". */
  default String kind() {
    return words();
  }
}
