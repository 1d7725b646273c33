package io.compot.export;

import io.compot.error.CompotException;
import io.compot.progress.ProgressListener;
import io.compot.setting.Schema;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A form in which other programs load models, with all that was said of it. What the form has no
 * place for is told before any work, together with a form that has.
 */
public interface ExportFormat {

  /** Its name, what it is, and what may be said of it. */
  Schema<? extends ExportFormat> schema();

  /**
   * Refuses what is known before a model is compressed for this form: its family, its tokenizer,
   * the place of the output.
   *
   * @param model as it is, not compressed
   * @throws CompotException naming what has no place, and a form that has one
   */
  void check(Path model, Path output, boolean force) throws CompotException;

  /**
   * How large the model would be, once some of its weights are packed.
   *
   * @param model as it is, not compressed
   * @return empty where the packed folder stays as large as it is
   */
  default Optional<FileSizes> sizes(Path model) throws CompotException {
    return Optional.empty();
  }

  /**
   * Writes a model. The output appears whole or not at all, and the same model and settings give
   * the same bytes.
   *
   * @param model any that Compot reads
   * @param output a folder, or a file where the format is one
   * @param force whether an existing one is replaced
   * @throws CompotException where the format has no place for the model, or writing fails
   */
  void write(Path model, Path output, boolean force, ProgressListener listener)
      throws CompotException;
}
