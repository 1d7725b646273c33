package io.compot.pipeline.pass;

import io.compot.error.FailureException;

/**
 * What libtorch throws (a decomposition that does not converge, memory that is not there) says
 * nothing of the layer that it was about.
 */
public final class LibraryFailure {

  private LibraryFailure() {}

  /**
   * The error as users should see it.
   *
   * @param what what could not be done with the layer, in a few words
   */
  public static FailureException of(String layer, String what, RuntimeException thrown) {
    String cause = String.valueOf(thrown.getMessage()).lines().findFirst().orElse("");
    String advice =
        cause.contains("can't allocate memory")
            ? "free memory or use a machine with more"
            : "leave it dense with --exclude " + layer;
    return new FailureException("%s: %s: %s; %s".formatted(layer, what, cause, advice), thrown);
  }
}
