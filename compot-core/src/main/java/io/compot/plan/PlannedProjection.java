package io.compot.plan;

import io.compot.form.Form;
import io.compot.method.CompressionMethod;
import io.compot.method.Need;
import io.compot.model.Projection;
import io.compot.tensor.Dtype;
import java.util.Optional;

/**
 * What would be done with one projection.
 *
 * @param projection of the model
 * @param dtype stored type of the weight
 * @param stored type of the factors
 * @param maker method that makes the factors
 * @param bitsBefore of the dense weight, without the bias
 * @param fate what becomes of it
 */
public record PlannedProjection(
    Projection projection,
    Dtype dtype,
    Dtype stored,
    CompressionMethod maker,
    long bitsBefore,
    Fate fate) {

  /** Checkpoint name without {@code .weight}. */
  public String name() {
    return projection.name();
  }

  /** Where it stands in the model. */
  public Place place() {
    return Place.of(projection);
  }

  /** Input features. */
  public long in() {
    return projection.in();
  }

  /** Output features. */
  public long out() {
    return projection.out();
  }

  /** Name of the method that makes the factors. */
  public String method() {
    return maker.name();
  }

  /** Whether factors will replace the weight. */
  public boolean compressed() {
    return fate instanceof Fate.Replaced;
  }

  /** Whether it takes part at all. */
  public boolean chosen() {
    return !(fate instanceof Fate.Excluded);
  }

  /** What will stand in the weight's place; empty where it stays. */
  public Optional<Form> form() {
    return fate instanceof Fate.Replaced replaced ? Optional.of(replaced.form()) : Optional.empty();
  }

  /** Bits of that, or of the weight. */
  public long bitsAfter() {
    return switch (fate) {
      case Fate.Replaced replaced -> replaced.bits();
      case Fate.Cut cut -> cut.bits();
      case Fate.Excluded _, Fate.Kept _ -> bitsBefore;
    };
  }

  /** What stands in its place, in words: a form, a narrower weight, nothing. */
  public String words() {
    return switch (fate) {
      case Fate.Replaced replaced -> replaced.form().words();
      case Fate.Cut cut ->
          cut.bits() == 0 ? "none" : "dense %d x %d".formatted(cut.out(), cut.in());
      case Fate.Excluded _, Fate.Kept _ -> "dense";
    };
  }

  /** Why no factors take its place, in words that many have in common; empty where some do. */
  public Optional<String> dense() {
    return switch (fate) {
      case Fate.Excluded(String why) -> Optional.of(why);
      case Fate.Kept(String why) ->
          Optional.of(maker.needs(Need.MODEL) ? why : "kept whole by the allocation");
      case Fate.Cut(_, _, _, String why) -> Optional.of(why);
      case Fate.Replaced _ -> Optional.empty();
    };
  }

  /** What the allocation says of its choice; empty where it had none. */
  public Optional<String> choice() {
    return chosen() ? Optional.of(fate.why()) : Optional.empty();
  }
}
