package io.compot;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an answer has to look like. Where that is JSON, only tokens are chosen with which it can
 * still become so; it is whole unless it ends at the most tokens asked for.
 */
public sealed interface AnswerFormat {

  /** Whatever the model writes. */
  record Text() implements AnswerFormat {}

  /** A JSON object. */
  record Json() implements AnswerFormat {}

  /**
   * JSON by a schema (2020-12): types, properties, required and other properties, items and how
   * many, how long a text is, enum, const, anyOf, references inside.
   *
   * @param schema of maps, lists, texts, numbers, truth values and nulls
   * @param strict whether a schema that says more is refused; else what cannot be held to is passed
   *     over
   */
  record Schema(Map<String, @Nullable Object> schema, boolean strict) implements AnswerFormat {}
}
