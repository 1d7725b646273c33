package io.compot.evaluation.request;

/**
 * A context and the tokens that are scored after it.
 *
 * @param context at least one token
 * @param continuation at least one token
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and lists of boxed longs are slow
public record TokenRequest(long[] context, long[] continuation) {

  public TokenRequest {
    if (context.length == 0 || continuation.length == 0) {
      throw new IllegalArgumentException("a request needs context and continuation");
    }
  }
}
