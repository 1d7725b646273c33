package io.compot.model;

import io.compot.error.InputException;
import io.compot.text.ConfigFile;

/** Sizes of a config, each remembering the field it comes from. */
record Sizes(ConfigFile config) {

  /** A field that must be there. */
  Dimension required(String field) throws InputException {
    return new Dimension(config.positiveInt(field, Integer.MAX_VALUE), field);
  }

  /** A field with a default. */
  Dimension optional(String field, int absent) throws InputException {
    return new Dimension(
        config.optionalPositiveInt(field, Integer.MAX_VALUE).orElse(absent), field);
  }

  /**
   * {@code head_dim}.
   *
   * @param absent the family's default; 0 for hidden size / heads
   */
  Dimension headDim(Dimension hidden, Dimension heads, int absent) throws InputException {
    if (config.has("head_dim") || absent != 0) {
      return optional("head_dim", absent);
    }
    if (hidden.size() % heads.size() != 0) {
      throw config.refuse(
          heads.field(),
          heads.size() + " does not divide " + hidden,
          "correct the file, or give the width of a head as head_dim");
    }
    return new Dimension(hidden.size() / heads.size(), hidden.field() + "/" + heads.field());
  }
}
