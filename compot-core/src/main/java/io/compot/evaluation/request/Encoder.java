package io.compot.evaluation.request;

import io.compot.error.InputException;

/** Text to tokens, without whatever a tokenizer may add around a text unless the model needs it. */
@FunctionalInterface
public interface Encoder {

  /** The tokens of a text. */
  long[] encode(String text) throws InputException;
}
