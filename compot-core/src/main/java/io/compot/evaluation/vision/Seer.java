package io.compot.evaluation.vision;

import io.compot.error.CompotException;
import io.compot.image.Picture;
import java.util.List;

/** Answers questions about images. */
@FunctionalInterface
public interface Seer {

  /**
   * The answer to a user's message.
   *
   * @param images that it begins with
   * @param text behind them
   * @param maxTokens of the answer
   * @return without special tokens and without blanks around it
   */
  String answer(List<Picture> images, String text, int maxTokens) throws CompotException;
}
