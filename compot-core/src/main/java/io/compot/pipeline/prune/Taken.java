package io.compot.pipeline.prune;

import io.compot.edit.Edit;
import java.util.List;
import java.util.Map;

/**
 * What goes out of a model.
 *
 * @param edits that take it out, in order
 * @param kept numbers of the blocks that stay, ascending
 * @param why of what becomes of a block, by its number in the model as it was
 * @param notes on the whole
 */
record Taken(List<Edit> edits, List<Integer> kept, Map<Integer, String> why, List<String> notes) {

  Taken {
    edits = List.copyOf(edits);
    kept = List.copyOf(kept);
    why = Map.copyOf(why);
    notes = List.copyOf(notes);
  }
}
