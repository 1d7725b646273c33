package io.compot.export;

import io.compot.error.CompotException;
import io.compot.form.Form;
import java.util.Map;

/** How large a model becomes in a format, known before any of it is compressed. */
@FunctionalInterface
public interface FileSizes {

  /**
   * Bytes of the file, or of the weight files of the folder, headers included.
   *
   * @param forms of what will be packed, by its checkpoint name without {@code .weight}
   */
  long bytes(Map<String, Form> forms) throws CompotException;
}
