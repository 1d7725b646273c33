package io.compot.evaluation;

/**
 * Everything one must know to get the same perplexity again.
 *
 * @param text the file that was scored
 * @param sha256 of its bytes
 * @param bytes its size
 * @param reading how the file became one text
 * @param window tokens a window, the beginning-of-text token included
 * @param bos whether each window begins with the beginning-of-text token
 * @param tokens tokens of the whole text
 * @param windows windows scored
 * @param scored tokens scored: the first of each window is not
 * @param dropped tokens of the incomplete last window, not scored
 * @param computation element type of the forward pass
 */
public record PerplexityProtocol(
    String text,
    String sha256,
    long bytes,
    String reading,
    int window,
    boolean bos,
    long tokens,
    long windows,
    long scored,
    long dropped,
    String computation) {

  /** One line for people. */
  @Override
  public String toString() {
    String read = reading.equals(TextReading.PLAIN.label()) ? "" : " (" + reading + ")";
    return "token perplexity of %s%s: %d non-overlapping windows of %d tokens, %s, first token of each not scored, last %d tokens dropped, %s"
        .formatted(text, read, windows, window, bos ? "BOS" : "no BOS", dropped, computation);
  }
}
