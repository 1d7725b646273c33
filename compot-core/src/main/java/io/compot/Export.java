package io.compot;

import io.compot.error.CompotException;
import io.compot.export.DenseExport;
import io.compot.progress.ProgressListener;
import java.nio.file.Path;

/** Compressed checkpoints in forms that other programs load. */
public final class Export {

  private Export() {}

  /**
   * Multiplies the factors out and writes an ordinary Hugging Face checkpoint without the
   * compression section. What is not compressed is copied bit for bit. The folder appears whole or
   * not at all.
   *
   * @param model a checkpoint that Compot compressed
   * @param force whether an existing output is replaced
   */
  public static void dense(Path model, Path output, boolean force, ProgressListener listener)
      throws CompotException {
    new DenseExport(model, listener).run(output, force);
  }
}
