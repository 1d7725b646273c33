package io.compot.edit;

import io.compot.checkpoint.ModelSource;
import io.compot.error.InputException;
import io.compot.model.Architecture;
import io.compot.model.Dimension;
import io.compot.model.TensorSpec;
import io.compot.model.Widths;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Takes heads and feed-forward channels out of single blocks (structured pruning, as LLM-Pruner's:
 * arXiv 2305.11627). What reads them and what makes them becomes narrower together.
 *
 * @param blocks what stays of a block, by its number; of others everything stays
 */
public record Narrow(Map<Integer, Kept> blocks) implements Edit {

  /**
   * What stays of one block, ascending.
   *
   * @param heads of keys and values, each with the query heads that read it; empty for all
   * @param channels of the feed-forward layer; empty for all
   */
  public record Kept(Optional<List<Integer>> heads, Optional<List<Integer>> channels) {
    public Kept {
      heads = heads.map(List::copyOf);
      channels = channels.map(List::copyOf);
    }
  }

  public Narrow {
    blocks = Collections.unmodifiableMap(new TreeMap<>(blocks));
  }

  @Override
  public ModelSource on(ModelSource model) throws InputException {
    Architecture architecture = EditedModel.dense(model);
    var edited = new EditedModel.Builder(model);
    var widths = new HashMap<Integer, Widths.Narrowed>(architecture.decoder().widths().blocks());
    for (var entry : blocks.entrySet()) {
      int block = entry.getKey();
      Kept kept = entry.getValue();
      if (block < 0 || block >= architecture.decoder().blocks()) {
        throw refuse(model, block, "there is no such block", "count from 0");
      }
      var found = new HashSet<Dimension.Axis>();
      for (TensorSpec tensor : architecture.decoder().tensors(block).toList()) {
        List<long @Nullable []> places = new ArrayList<>();
        boolean cut = false;
        for (Dimension dimension : tensor.dimensions()) {
          Optional<List<Integer>> stay =
              switch (dimension.axis()) {
                case FIXED -> Optional.empty();
                case HEADS -> kept.heads();
                case CHANNELS -> kept.channels();
              };
          if (stay.isPresent()) {
            found.add(dimension.axis());
            cut = true;
          }
          places.add(stay.isPresent() ? places(model, block, dimension, stay.get()) : null);
        }
        if (cut) {
          edited.put(tensor.name(), new TensorView(model, tensor.name(), places));
        }
      }
      boolean noHeads = kept.heads().isPresent() && !found.contains(Dimension.Axis.HEADS);
      boolean noChannels = kept.channels().isPresent() && !found.contains(Dimension.Axis.CHANNELS);
      if (noHeads || noChannels) {
        throw refuse(
            model, block, "it has no such heads or channels to take out", "leave this block out");
      }
      Widths.Narrowed before = widths.getOrDefault(block, new Widths.Narrowed(null, null));
      widths.put(
          block,
          new Widths.Narrowed(
              kept.heads().isPresent()
                  ? Integer.valueOf(kept.heads().get().size())
                  : before.heads(),
              kept.channels().isPresent()
                  ? Integer.valueOf(kept.channels().get().size())
                  : before.channels()));
    }
    var fields = model.config().tree();
    Architecture.narrowed(model.config(), fields, new Widths(widths));
    return edited.config(fields).note("narrowed", blocks.toString()).build();
  }

  /** The places along a dimension that stay. */
  private static long[] places(
      ModelSource model, int block, Dimension dimension, List<Integer> kept) throws InputException {
    long units = dimension.units().stream().mapToLong(Long::longValue).sum();
    long there = dimension.size() / units;
    int last = -1;
    for (int each : kept) {
      if (each <= last || each >= there) {
        throw refuse(
            model,
            block,
            "%d does not fit into the ascending numbers from 0 to %d".formatted(each, there - 1),
            "give those that stay, each once");
      }
      last = each;
    }
    if (kept.isEmpty()) {
      throw refuse(model, block, "nothing would stay", "drop the block instead");
    }
    long[] places = new long[Math.toIntExact(kept.size() * units)];
    int next = 0;
    long part = 0;
    for (long unit : dimension.units()) {
      for (int each : kept) {
        for (long i = 0; i < unit; i++) {
          places[next++] = part + each * unit + i;
        }
      }
      part += there * unit;
    }
    return places;
  }

  private static InputException refuse(
      ModelSource model, int block, String problem, String advice) {
    return InputException.in(model.folder(), "narrowing block " + block, problem, advice);
  }
}
