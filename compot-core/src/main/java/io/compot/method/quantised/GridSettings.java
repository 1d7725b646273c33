package io.compot.method.quantised;

import io.compot.form.DenseForm;
import io.compot.form.Form;
import io.compot.form.Numbers;
import io.compot.quantise.Grid;
import io.compot.quantise.RangeRule;
import io.compot.setting.Kind;
import io.compot.setting.Setting;
import io.compot.setting.WholeOr;
import io.compot.tensor.Dtype;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * What methods that round to grids let their users choose.
 *
 * @param width bits a code; empty leaves it to the allocation
 * @param widths those that the allocation may choose
 * @param group weights that share a scale, or {@link Grid#ROW}; where rows are no multiple of it,
 *     the largest smaller group that divides them
 * @param zeros whether a group has a zero point of its own
 * @param scales type in which scales are stored
 * @param range how far a group's grid reaches
 */
public record GridSettings(
    Optional<Integer> width,
    List<Integer> widths,
    int group,
    ZeroPoints zeros,
    Scales scales,
    RangeRule range) {

  private static final List<Integer> ALL =
      IntStream.rangeClosed(Grid.NARROWEST, Grid.WIDEST).boxed().toList();

  public GridSettings {
    widths = List.copyOf(widths);
  }

  /** Between these widths the logarithm of an error is nearly linear in bits. */
  private static final Set<Integer> PROBES = Set.of(2, 3, 4, Grid.WIDEST);

  /** Whether groups have zero points. */
  public enum ZeroPoints {
    /** The grid is symmetric about zero. */
    NONE,
    /** A code of its own for each group. */
    FITTED
  }

  /** Types of scales. */
  public enum Scales {
    F16,
    BF16,
    F32;

    Dtype dtype() {
      return Dtype.valueOf(name());
    }
  }

  /** Groups of 64 with zero points, ranges by least squares, scales as F16. */
  public static GridSettings standard() {
    return new GridSettings(
        Optional.empty(), ALL, 64, ZeroPoints.FITTED, Scales.F16, RangeRule.LEAST_SQUARES);
  }

  /** The settings of a method of whole weights that has these among its own. */
  static <M> List<Setting<M, ?>> all(
      Function<M, GridSettings> get, BiFunction<M, GridSettings, M> with) {
    var all = new ArrayList<Setting<M, ?>>(whole(get, with));
    all.add(
        1,
        new Setting<>(
            "widths",
            new Widths(),
            "Bits that an allocation may give, from 2 to 8, with commas between them.",
            m -> get.apply(m).widths,
            (m, value) -> with.apply(m, get.apply(m).withWidths(value))));
    return List.copyOf(all);
  }

  private static <M> List<Setting<M, ?>> whole(
      Function<M, GridSettings> get, BiFunction<M, GridSettings, M> with) {
    return with(
        new Setting<>(
            "width",
            new Kind.Auto<>(new Kind.Whole(Grid.NARROWEST, Grid.WIDEST)),
            "Bits of a number's code, from 2 to 8; auto: what the allocation gives each projection.",
            m -> get.apply(m).width,
            (m, value) -> with.apply(m, get.apply(m).withWidth(value))),
        get,
        with);
  }

  /** The settings of a method whose factors may be rounded. */
  static <M> List<Setting<M, ?>> ofFactors(
      Function<M, GridSettings> get, BiFunction<M, GridSettings, M> with) {
    return with(
        new Setting<>(
            "width",
            new Kind.Auto<>(new WholeOr(new Kind.Whole(Grid.NARROWEST, Grid.WIDEST), "none")),
            "Bits of the codes of both factors, from 2 to 8, or none, which stores them unrounded;"
                + " auto: of 3, 4, 6 and none what the allocation damage chooses for each"
                + " projection, else 4.",
            m -> get.apply(m).width,
            (m, value) -> with.apply(m, get.apply(m).withWidth(value))),
        get,
        with);
  }

  private static <M> List<Setting<M, ?>> with(
      Setting<M, ?> width, Function<M, GridSettings> get, BiFunction<M, GridSettings, M> with) {
    return List.of(
        width,
        new Setting<>(
            "group",
            new GroupSize(),
            "Weights that share a scale, from 8 to 1024, or row; a row that it does not divide has"
                + " the largest smaller groups that do.",
            m -> get.apply(m).group,
            (m, value) -> with.apply(m, get.apply(m).withGroup(value))),
        new Setting<>(
            "zero-points",
            new Kind.Choice<>(ZeroPoints.class),
            "Whether a group has a zero point of its own (fitted) or is symmetric (none).",
            m -> get.apply(m).zeros,
            (m, value) -> with.apply(m, get.apply(m).withZeros(value))),
        new Setting<>(
            "scales",
            new Kind.Choice<>(Scales.class),
            "Type in which scales are stored.",
            m -> get.apply(m).scales,
            (m, value) -> with.apply(m, get.apply(m).withScales(value))),
        new Setting<>(
            "range",
            new Kind.Choice<>(RangeRule.class),
            "How far a group's grid reaches: min-max as other tools, or least-squares, which clips"
                + " where that lowers the error.",
            m -> get.apply(m).range,
            (m, value) -> with.apply(m, get.apply(m).withRange(value))));
  }

  /** The grid of a width for rows of {@code in}. */
  Grid grid(int bits, long in) {
    return new Grid(bits, group, zeros == ZeroPoints.NONE, scales.dtype()).fitting(in);
  }

  /** The grid of a width for a stream, which has no rows: groups as large as can be for those. */
  Grid streamGrid(int bits) {
    int members = group == Grid.ROW ? Grid.LARGEST : group;
    return new Grid(bits, members, zeros == ZeroPoints.NONE, scales.dtype());
  }

  /** The forms of whole weights on such grids. */
  FewForms forms(long in, long out, Dtype dtype) {
    List<Form> forms = new ArrayList<>();
    for (int bits = Grid.NARROWEST; bits <= Grid.WIDEST; bits++) {
      if (width.map(only -> List.of(only)).orElse(widths).contains(bits)) {
        forms.add(new DenseForm(new Numbers.Grouped(grid(bits, in))));
      }
    }
    if (width.isEmpty() && widths.size() == Grid.WIDEST - Grid.NARROWEST + 1) {
      finer(in).forEach(each -> forms.add(new DenseForm(new Numbers.Grouped(each))));
    }
    return FewForms.smaller(forms, in, out, dtype.bits());
  }

  /** Those of the forms that are made to tell what all of them cost; others lie between. */
  List<Form> probes(long in, long out, Dtype dtype) {
    return forms(in, out, dtype).ascending().stream()
        .filter(form ->
            width.isPresent()
                || (form instanceof DenseForm(Numbers.Grouped(Grid grid))
                    && PROBES.contains(grid.width())))
        .toList();
  }

  /**
   * Above the widest codes bits go into more scales: halves and quarters of the groups. Whoever
   * says widths means these in groups as they are said.
   */
  private List<Grid> finer(long in) {
    List<Grid> finer = new ArrayList<>();
    Grid usual = grid(Grid.WIDEST, in);
    int members = usual.groupIn(in);
    for (int part = 2; part <= 4; part *= 2) {
      if (members % part == 0 && members / part >= Grid.SMALLEST && members <= Grid.LARGEST) {
        finer.add(new Grid(Grid.WIDEST, members / part, usual.symmetric(), usual.scale()));
      }
    }
    return finer;
  }

  GridSettings withWidth(Optional<Integer> value) {
    return new GridSettings(value, widths, group, zeros, scales, range);
  }

  GridSettings withWidths(List<Integer> value) {
    return new GridSettings(width, value, group, zeros, scales, range);
  }

  GridSettings withGroup(int value) {
    return new GridSettings(width, widths, value, zeros, scales, range);
  }

  GridSettings withZeros(ZeroPoints value) {
    return new GridSettings(width, widths, group, value, scales, range);
  }

  GridSettings withScales(Scales value) {
    return new GridSettings(width, widths, group, zeros, value, range);
  }

  GridSettings withRange(RangeRule value) {
    return new GridSettings(width, widths, group, zeros, scales, value);
  }
}
