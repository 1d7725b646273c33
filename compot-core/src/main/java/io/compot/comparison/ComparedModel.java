package io.compot.comparison;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;

/**
 * A model to compare methods on.
 *
 * @param name of the model in all results
 * @param folder of the checkpoint
 * @param calibration text files; may be empty for methods that need none
 * @param field of a JSON line that holds its text
 * @param heldOut text to measure on
 * @param window tokens of a held-out window; empty: the model's maximum, at most 2048
 * @param windows most held-out windows, from the start of the text; empty: all of it
 * @param also models made from it before, by this program or another: folders and GGUF files
 */
public record ComparedModel(
    String name,
    Path folder,
    List<Path> calibration,
    String field,
    Path heldOut,
    OptionalInt window,
    OptionalInt windows,
    List<Path> also) {

  public ComparedModel {
    calibration = List.copyOf(calibration);
    also = List.copyOf(also);
  }
}
