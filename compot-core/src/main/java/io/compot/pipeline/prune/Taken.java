package io.compot.pipeline.prune;

import io.compot.edit.Edit;
import io.compot.plan.TrainingCurve;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What goes out of a model.
 *
 * @param edits that take it out, in order
 * @param kept numbers of the blocks that stay, ascending
 * @param why of what becomes of a block, by its number in the model as it was
 * @param notes on the whole
 * @param training how what is left was trained, where that was the whole; else null
 */
record Taken(
    List<Edit> edits,
    List<Integer> kept,
    Map<Integer, String> why,
    List<String> notes,
    @Nullable TrainingCurve training) {

  Taken(List<Edit> edits, List<Integer> kept, Map<Integer, String> why, List<String> notes) {
    this(edits, kept, why, notes, null);
  }

  Taken {
    edits = List.copyOf(edits);
    kept = List.copyOf(kept);
    why = Map.copyOf(why);
    notes = List.copyOf(notes);
  }
}
