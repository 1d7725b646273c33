package io.compot.edit;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.model.Architecture;
import io.compot.model.Widths;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * Takes blocks out that stand one behind the other, and renumbers those behind them.
 *
 * @param first number of the first that goes
 * @param count how many go, at least one
 * @param merged weights of blocks in front that make up for them, as one into which a linear map in
 *     the blocks' place was multiplied (ReplaceMe: arXiv 2505.02819)
 */
public record DropBlocks(int first, int count, Optional<Replaced> merged) implements Edit {

  public DropBlocks {
    if (first < 0 || count < 1) {
      throw new IllegalArgumentException("%d blocks from %d on".formatted(count, first));
    }
  }

  /** Without anything in their place. */
  public DropBlocks(int first, int count) {
    this(first, count, Optional.empty());
  }

  @Override
  public ModelSource on(ModelSource model) throws InputException {
    Architecture architecture = EditedModel.dense(model);
    int layers = architecture.decoder().blocks();
    if (count >= layers || first > layers - count) {
      throw InputException.in(
          model.folder(),
          "blocks %d to %d cannot go: there are %d of them, and one must stay"
              .formatted(first, first + count - 1, layers),
          "choose fewer, counted from 0");
    }
    List<Integer> kept =
        IntStream.range(0, layers).filter(i -> i < first || i >= first + count).boxed().toList();
    var fields = Architecture.keepingBlocks(model.config(), kept);
    var widths = new TreeMap<Integer, Widths.Narrowed>();
    Set<String> names = model.names();
    var edited = new EditedModel.Builder(model);
    for (int block = 0; block < layers; block++) {
      String from = architecture.decoder().blockName(block) + ".";
      int place = kept.indexOf(block);
      for (String name : names) {
        if (name.startsWith(from)) {
          edited.remove(name);
        }
      }
      if (place >= 0) {
        String to = architecture.decoder().blockName(place) + ".";
        for (String name : names) {
          if (name.startsWith(from)) {
            edited.put(to + name.substring(from.length()), new TensorView(model, name));
          }
        }
        Widths.Narrowed width = architecture.decoder().widths().blocks().get(block);
        if (width != null) {
          widths.put(place, width);
        }
      }
    }
    new Widths(widths).writeTo(fields);
    edited.config(fields).note("blocks dropped", "%d from %d on".formatted(count, first));
    ModelSource dropped = edited.build();
    return merged.isEmpty() ? dropped : merged.get().on(dropped);
  }
}
