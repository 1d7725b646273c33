package io.compot.edit;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import java.util.List;

/**
 * A change of a model that is known before it is compressed: tensors go, become narrower or are
 * others, and the configuration says so. It is a value; what it makes is a view, which reads and
 * copies nothing until somebody reads it.
 */
public sealed interface Edit permits DropBlocks, Narrow, Replaced {

  /**
   * The model with this change.
   *
   * @param model one whose weights are not packed where their shapes change; the view closes it
   * @return numbers, names and shapes of blocks are those after the change
   * @throws InputException where the model cannot be changed so; the model stays open
   */
  ModelSource on(ModelSource model) throws InputException;

  /**
   * One change after the other, each of what the one before it made.
   *
   * @throws InputException where one does not fit; the model is closed then
   */
  static ModelSource all(List<Edit> edits, ModelSource model) throws InputException {
    ModelSource edited = model;
    boolean whole = false;
    try {
      for (Edit edit : edits) {
        edited = edit.on(edited);
      }
      whole = true;
      return edited;
    } finally {
      if (!whole) {
        edited.close();
      }
    }
  }
}
