package io.compot.server.api;

import io.compot.Generation;

/** Is told what was done, to be measured. */
public interface Observer {

  /** A model wrote an answer, or part of one that nobody wanted any more. */
  void generated(String model, Generation answer);
}
