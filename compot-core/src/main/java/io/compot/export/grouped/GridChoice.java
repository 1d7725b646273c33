package io.compot.export.grouped;

import io.compot.quantise.Grid;
import io.compot.setting.Kind;
import io.compot.setting.Setting;
import io.compot.tensor.Dtype;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * The grid onto which projections are rounded that lie on none yet.
 *
 * @param width bits a code; empty leaves them as they are
 * @param group weights that share a scale, where they divide the rows; else the largest smaller one
 * @param zeros whether groups have zero points
 */
public record GridChoice(Optional<Integer> width, int group, Zeros zeros) {

  /** Whether groups have zero points of their own. */
  public enum Zeros {
    NONE,
    FITTED
  }

  static GridChoice standard() {
    return new GridChoice(Optional.empty(), 64, Zeros.NONE);
  }

  Grid grid(int bits, long in, Dtype scales) {
    return new Grid(bits, group, zeros == Zeros.NONE, scales).fitting(in);
  }

  /** The same with other groups. */
  GridChoice inGroups(int other) {
    return new GridChoice(width, other, zeros);
  }

  static <F> List<Setting<F, ?>> settings(
      Function<F, GridChoice> get, BiFunction<F, GridChoice, F> with) {
    return List.of(
        new Setting<>(
            "width",
            new Kind.Auto<>(new Kind.Whole(Grid.NARROWEST, Grid.WIDEST)),
            "Bits of a code for projections that are on no grid yet; auto leaves them as they are.",
            format -> get.apply(format).width,
            (format, value) ->
                with.apply(
                    format,
                    new GridChoice(value, get.apply(format).group, get.apply(format).zeros))),
        new Setting<>(
            "group",
            new Kind.Whole(Grid.SMALLEST, Grid.LARGEST),
            "Weights that share a scale where width is given; a row that it does not divide has the"
                + " largest smaller groups that do.",
            format -> get.apply(format).group,
            (format, value) ->
                with.apply(
                    format,
                    new GridChoice(get.apply(format).width, value, get.apply(format).zeros))),
        new Setting<>(
            "zero-points",
            new Kind.Choice<>(Zeros.class),
            "Whether groups have zero points of their own (fitted) where width is given, or are"
                + " symmetric (none), which more programs read.",
            format -> get.apply(format).zeros,
            (format, value) ->
                with.apply(
                    format,
                    new GridChoice(get.apply(format).width, get.apply(format).group, value))));
  }
}
