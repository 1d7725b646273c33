package io.compot.method;

import io.compot.error.FailureException;
import io.compot.form.Packed;

/** Predicts what it costs to put something in a weight's place. */
@FunctionalInterface
public interface OfferedRise {

  /** The rise of the mean loss in nats a token, where this weight alone is replaced. */
  double of(Packed packed) throws FailureException;
}
