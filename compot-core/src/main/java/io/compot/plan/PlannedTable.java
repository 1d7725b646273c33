package io.compot.plan;

import io.compot.error.InputException;
import io.compot.form.DenseForm;
import io.compot.form.Form;
import io.compot.form.Numbers;
import io.compot.model.Architecture;
import io.compot.model.TensorSpec;
import io.compot.quantise.Grid;
import io.compot.recipe.NamePatterns;
import io.compot.safetensors.WeightSource;
import io.compot.tensor.Dtype;
import java.util.ArrayList;
import java.util.List;

/**
 * An embedding or an output projection that is stored in few bits.
 *
 * @param name checkpoint name without {@code .weight}
 * @param in width of a row
 * @param out rows, one for each token
 * @param form of what replaces it
 * @param bitsBefore of the weight as it is
 */
public record PlannedTable(String name, long in, long out, Form form, long bitsBefore) {

  /** Bits a weight on offer, at least and at most. */
  static final int NARROWEST = 4;

  static final int WIDEST = 8;

  /** Weights that share a scale. */
  private static final int GROUP = 64;

  /** Bits of what replaces it. */
  public long bitsAfter() {
    return form.bits(in, out);
  }

  /** The tables of a model that get smaller so. */
  static List<PlannedTable> of(
      Architecture architecture, WeightSource weights, int width, NamePatterns exclude)
      throws InputException {
    List<PlannedTable> tables = new ArrayList<>();
    for (TensorSpec spec : architecture.tables()) {
      long out = spec.shape().getFirst();
      long in = spec.shape().getLast();
      var grid = new Grid(width, GROUP, false, Dtype.F16).fitting(in);
      var form = new DenseForm(new Numbers.Grouped(grid));
      long before = weights.info(spec.name()).bytes() * Byte.SIZE;
      if (!exclude.matches(spec.base()) && form.fits(in, out) && form.bits(in, out) < before) {
        tables.add(new PlannedTable(spec.base(), in, out, form, before));
      }
    }
    return tables;
  }
}
