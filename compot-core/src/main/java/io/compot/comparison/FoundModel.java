package io.compot.comparison;

import io.compot.ModelSummary;
import io.compot.ModelSummary.StoredProjection;
import io.compot.error.CompotException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Map;

/**
 * A model that was there before the comparison, as it is stored.
 *
 * @param name of its folder or file
 * @param format the method that made it, where that is ours; else the type that most of it has
 * @param bitsPerWeight of all projections of the blocks
 * @param removed fraction of the bits of the original's projections
 */
record FoundModel(
    String name, String format, double bitsPerWeight, double removed, StoredSize size) {

  static FoundModel of(Path file, double originalBits) throws CompotException {
    ModelSummary summary = ModelSummary.of(file);
    var ours = summary.compression();
    String most =
        summary.dtypes().entrySet().stream()
            .max(Comparator.comparingLong(Map.Entry::getValue))
            .map(Map.Entry::getKey)
            .orElse("");
    double bits = bits(summary);
    return new FoundModel(
        String.valueOf(file.toAbsolutePath().normalize().getFileName()),
        ours == null ? most : ours.method(),
        bits,
        originalBits > 0 ? 1 - bits / originalBits : 0,
        StoredSize.of(file));
  }

  /** Bits on disk of each weight of the blocks' projections. */
  static double bits(ModelSummary summary) {
    double weights = 0;
    double bits = 0;
    for (StoredProjection projection : summary.projections()) {
      weights += (double) projection.in() * projection.out();
      bits += projection.bits();
    }
    return weights == 0 ? 0 : bits / weights;
  }
}
