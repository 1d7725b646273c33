package io.compot.method.quantised;

import io.compot.form.Form;
import io.compot.form.LowRankForm;
import io.compot.form.Numbers;
import io.compot.form.SparseForm;
import io.compot.method.CompressionMethod;
import io.compot.quantise.Grid;
import io.compot.tensor.Dtype;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Sizes of factors in few bits, by way of the sizes that a method has for plain ones: the same
 * atoms, nonzeros or rank, on grids.
 *
 * <p>A code's groups are of its nonzeros. A left factor's rows are of the rank, which is lowered so
 * that whole groups, none smaller than half of the wanted ones, make up a row.
 *
 * @param method of the plain factors
 * @param grids of the factors
 */
record FactorForms(CompressionMethod method, GridSettings grids) {

  /** Halvings of the ratio of plain factors: enough for one atom more or less in any matrix. */
  private static final int HALVINGS = 40;

  /** Some width: groups are the same for all. */
  private static final int USUAL = 4;

  /** Whether a form is one of factors that a method makes by itself. */
  static boolean arePlain(Form form) {
    return switch (form) {
      case SparseForm sparse -> sparse.dictionary() instanceof Numbers.Plain;
      case LowRankForm low -> low.left() instanceof Numbers.Plain;
      default -> true;
    };
  }

  /** The plain form from which one in few bits is made. */
  static Form plain(Form form, Dtype dtype) {
    return switch (form) {
      case SparseForm sparse -> SparseForm.plain(sparse.k(), sparse.s(), dtype);
      case LowRankForm low -> LowRankForm.plain(low.rank(), dtype);
      default -> throw foreign(form);
    };
  }

  /** A plain form in few bits. */
  Form rounded(Form plain, long in, int width) {
    return switch (plain) {
      case SparseForm sparse ->
          new SparseForm(
              sparse.k(),
              sparse.s(),
              new Numbers.Grouped(grids.grid(width, in)),
              new Numbers.Grouped(grids.streamGrid(width)));
      case LowRankForm low -> {
        long rank = wholeGroups(low.rank());
        yield new LowRankForm(
            rank,
            new Numbers.Grouped(grids.grid(width, rank)),
            new Numbers.Grouped(grids.grid(width, in)));
      }
      default -> throw foreign(plain);
    };
  }

  private long wholeGroups(long rank) {
    int group = grids.group();
    long whole = rank;
    while (group != Grid.ROW && whole > group && grids.grid(USUAL, whole).group() < group / 2) {
      whole--;
    }
    return whole;
  }

  /** The largest of a width that removes a fraction of the dense bits. */
  Optional<Form> within(long in, long out, Dtype dtype, double ratio, int width) {
    long limit = (long) ((1 - ratio) * in * out * dtype.bits());
    Optional<Form> best = Optional.empty();
    double low = 0;
    double high = 1;
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      Optional<Form> found = method.size(in, out, dtype, middle).map(p -> rounded(p, in, width));
      if (found.isEmpty() || found.get().bits(in, out) <= limit) {
        best = found;
        high = middle;
      } else {
        low = middle;
      }
    }
    return best;
  }

  /** Those of a width that make a weight smaller, in ascending order of bits. */
  List<Form> of(long in, long out, Dtype dtype, int width) {
    return rounded(method.forms(in, out, dtype), in, out, dtype, width);
  }

  /** Some plain forms in few bits, those that make a weight smaller, in ascending order of bits. */
  List<Form> rounded(List<Form> plain, long in, long out, Dtype dtype, int width) {
    List<Form> forms = new ArrayList<>();
    for (Form each : plain) {
      Form form = rounded(each, in, width);
      if (form.bits(in, out) < in * out * dtype.bits() && !forms.contains(form)) {
        forms.add(form);
      }
    }
    forms.sort(Comparator.comparingLong(form -> form.bits(in, out)));
    return forms;
  }

  private static IllegalArgumentException foreign(Form form) {
    return new IllegalArgumentException(form.words() + " has no factors that could be rounded");
  }
}
