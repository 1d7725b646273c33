package io.compot.cli;

import io.compot.comparison.Asked;
import io.compot.comparison.Cell;
import io.compot.error.UsageException;
import io.compot.text.Fraction;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** How small the models of a comparison are to become: several values of each option. */
final class SizeOptions {

  private static final List<Double> USUAL = List.of(0.2, 0.4);

  @Option(
      names = "--ratios",
      paramLabel = "R",
      split = ",",
      description =
          "Fractions of the bits to remove. Default: 0.2,0.4, of methods of which nothing else is"
              + " asked.")
  private List<Double> ratios = List.of();

  @Option(
      names = "--bits",
      paramLabel = "BITS",
      split = ",",
      description = "Bits a weight of the chosen projections, with all scales and masks: 3.5,4.5.")
  private List<String> bits = List.of();

  @Option(
      names = "--size",
      paramLabel = "SIZE",
      split = ",",
      description = "Bytes of all weight files, or parts of the source's: 90MB,35%%.")
  private List<String> size = List.of();

  @Option(
      names = "--width",
      paramLabel = "BITS",
      split = ",",
      description =
          "Bits of each code, for methods that have a width; these are asked for no ratios then.")
  private List<String> width = List.of();

  /** Each method with each allocation at each size that is asked of it. */
  List<Cell> cells(String model, List<String> methods, List<String> allocations)
      throws UsageException {
    for (double ratio : ratios) {
      if (!(ratio > 0 && ratio < 1)) {
        throw new UsageException(
            "--ratios %s is no fraction of bits to remove, between 0 and 1%s"
                .formatted(ratio, Fraction.hint(ratio)));
      }
    }
    List<Asked> asked = new ArrayList<>();
    ratios.forEach(ratio -> asked.add(Asked.ratio(ratio)));
    bits.forEach(each -> asked.add(new Asked(Asked.BITS, each)));
    size.forEach(each -> asked.add(new Asked(Asked.SIZE, each)));
    width.forEach(each -> asked.add(new Asked(Asked.WIDTH, each)));
    List<Asked> usual = USUAL.stream().map(Asked::ratio).toList();
    List<Cell> cells = new ArrayList<>();
    for (String method : methods.stream().distinct().toList()) {
      List<Cell> its = Cell.of(model, method, allocations, asked);
      cells.addAll(its.isEmpty() ? Cell.of(model, method, allocations, usual) : its);
    }
    return cells;
  }
}
