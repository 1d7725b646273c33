package io.compot.gguf.model;

/**
 * The order of a query's or key's rows. Hugging Face turns element i of a head together with
 * element d/2 + i; llama.cpp's "llama" architecture turns neighbours, and its files interleave the
 * two halves of every head: row 2i + t of a head is Hugging Face's row t·d/2 + i.
 *
 * @param headDim rows of a head, even
 */
public record HeadRows(long headDim) {

  public HeadRows {
    if (headDim < 2 || headDim % 2 != 0) {
      throw new IllegalArgumentException("heads of " + headDim + " rows have no two halves");
    }
  }

  /** Where a row of a Hugging Face weight stands in the file. */
  public long inGguf(long hubRow) {
    long inHead = hubRow % headDim;
    return hubRow - inHead + 2 * (inHead % (headDim / 2)) + inHead / (headDim / 2);
  }

  /** Where a row of the file stands in a Hugging Face weight. */
  public long inHub(long ggufRow) {
    long inHead = ggufRow % headDim;
    return ggufRow - inHead + inHead % 2 * (headDim / 2) + inHead / 2;
  }
}
