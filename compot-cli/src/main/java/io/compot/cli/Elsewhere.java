package io.compot.cli;

import io.compot.Compression;
import io.compot.error.CompotException;

/** Has a compression done somewhere else. */
@FunctionalInterface
public interface Elsewhere {

  /**
   * Arranges it.
   *
   * @param compression that was asked for, all of whose settings have been checked
   * @return one that gives the same bytes
   * @throws CompotException where nobody can be found to do it
   */
  Compression of(Compression compression) throws CompotException;
}
