package io.compot.checkpoint;

import io.compot.progress.Progress;
import io.compot.progress.ProgressListener;

/** Says what of a model's folder does not come along. */
public final class SideFileNotice {

  private SideFileNotice() {}

  public static void tell(ModelSource source, ProgressListener listener) {
    if (!source.sideFiles().left().isEmpty()) {
      listener.on(
          new Progress.Notice(
              "%s: does not go into the output: %s (written anew, other weights, or large)"
                  .formatted(source.folder(), source.sideFiles().leftNames())));
    }
  }
}
