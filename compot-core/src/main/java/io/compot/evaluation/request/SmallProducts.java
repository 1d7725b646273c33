package io.compot.evaluation.request;

import io.compot.model.Architecture;
import io.compot.tensor.SingleBlasThread;
import org.jspecify.annotations.Nullable;

/** Tells models whose matrix products are over before a second thread has woken up. */
public final class SmallProducts {

  /** Weights of a projection, up to which one thread is as fast as several. */
  private static final long SMALL = 1 << 18;

  private SmallProducts() {}

  /**
   * Keeps small products in one thread until it is closed.
   *
   * @return null where the model's products are large
   */
  public static @Nullable SingleBlasThread inOneThread(Architecture architecture) {
    boolean small =
        architecture.decoder().projections(0).stream()
            .flatMap(shared -> shared.projections().stream())
            .allMatch(each -> each.in() * each.out() <= SMALL);
    return small ? SingleBlasThread.open() : null;
  }
}
