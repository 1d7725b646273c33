package io.compot.plan;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.compot.form.Form;

/** What becomes of a projection, and why. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "fate")
@JsonSubTypes({
  @JsonSubTypes.Type(value = Fate.Excluded.class, name = "excluded"),
  @JsonSubTypes.Type(value = Fate.Kept.class, name = "kept"),
  @JsonSubTypes.Type(value = Fate.Replaced.class, name = "replaced"),
  @JsonSubTypes.Type(value = Fate.Cut.class, name = "cut")
})
public sealed interface Fate {

  /** It takes no part, and stays as it is whatever the budget. */
  record Excluded(String why) implements Fate {}

  /** It takes part, and is left whole. */
  record Kept(String why) implements Fate {}

  /**
   * Something stands in the weight's place.
   *
   * @param form of that
   * @param bits of that
   */
  record Replaced(Form form, long bits, String why) implements Fate {}

  /**
   * It stays dense and becomes narrower, or goes altogether.
   *
   * @param in input features that are left, 0 where it goes
   * @param out output features that are left, 0 where it goes
   * @param bits that are left
   */
  record Cut(long in, long out, long bits, String why) implements Fate {}

  /**
   * The reason in a few words: the patterns' for those that take no part, else the allocation's.
   */
  String why();
}
