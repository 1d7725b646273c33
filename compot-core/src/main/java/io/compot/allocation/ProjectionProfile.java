package io.compot.allocation;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What an allocator may know of one projection.
 *
 * @param name checkpoint name without {@code .weight}
 * @param in input features
 * @param out output features
 * @param depth index of its block
 * @param denseBits of the weight as it is
 * @param source how it could be stored instead
 * @param weightSpectrum singular values of the raw weight
 * @param whitenedSpectrum singular values of LW, in the units of the calibration
 * @param sensitivity rise of the loss per squared relative error; may be negative from noise
 */
public record ProjectionProfile(
    String name,
    long in,
    long out,
    int depth,
    long denseBits,
    OptionSource source,
    Optional<Spectrum> weightSpectrum,
    Optional<Spectrum> whitenedSpectrum,
    OptionalDouble sensitivity) {

  public ProjectionProfile {
    if (name.isBlank() || in < 1 || out < 1 || depth < 0 || denseBits < 1) {
      throw new IllegalArgumentException(
          "projection '%s': %d x %d at depth %d with %d bits"
              .formatted(name, out, in, depth, denseBits));
    }
    if (sensitivity.isPresent() && !Double.isFinite(sensitivity.getAsDouble())) {
      throw new IllegalArgumentException(name + ": sensitivity " + sensitivity.getAsDouble());
    }
  }

  /** A profile of which nothing but its options is known. */
  public static ProjectionProfile of(
      String name, long in, long out, int depth, long denseBits, OptionSource source) {
    return new ProjectionProfile(
        name,
        in,
        out,
        depth,
        denseBits,
        source,
        Optional.empty(),
        Optional.empty(),
        OptionalDouble.empty());
  }

  /** The same with the raw weight's singular values. */
  public ProjectionProfile withWeightSpectrum(Spectrum spectrum) {
    return new ProjectionProfile(
        name,
        in,
        out,
        depth,
        denseBits,
        source,
        Optional.of(spectrum),
        whitenedSpectrum,
        sensitivity);
  }

  /** The same with the whitened weight's singular values. */
  public ProjectionProfile withWhitenedSpectrum(Spectrum spectrum) {
    return new ProjectionProfile(
        name,
        in,
        out,
        depth,
        denseBits,
        source,
        weightSpectrum,
        Optional.of(spectrum),
        sensitivity);
  }

  /** The same with the loss's sensitivity to it. */
  public ProjectionProfile withSensitivity(double rise) {
    return new ProjectionProfile(
        name,
        in,
        out,
        depth,
        denseBits,
        source,
        weightSpectrum,
        whitenedSpectrum,
        OptionalDouble.of(rise));
  }

  /** The last part of the name: q_proj, gate_proj, … */
  public String kind() {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /** The name before its last part; projections of one attention or one MLP share it. */
  public String parent() {
    return name.substring(0, Math.max(0, name.lastIndexOf('.')));
  }

  /** The option that is always there: the weight as it is, without error. */
  public CompressionOption dense() {
    return CompressionOption.dense(denseBits);
  }

  /** Every option that takes fewer bits than the dense weight, and last the dense weight. */
  List<CompressionOption> candidates() {
    List<CompressionOption> all = new ArrayList<>();
    source.options().stream().filter(option -> option.bits() < denseBits).forEach(all::add);
    all.add(dense());
    return all;
  }

  /** The best option of at most so many bits, the dense weight among them. */
  Optional<CompressionOption> within(long bits) {
    return bits >= denseBits ? Optional.of(dense()) : source.within(bits);
  }

  /** The smallest option of more than {@code above} and at most {@code limit} bits. */
  Optional<CompressionOption> next(long above, long limit) {
    Optional<CompressionOption> smaller = source.next(above, Math.min(limit, denseBits - 1));
    return smaller.isPresent() || limit < denseBits || above >= denseBits
        ? smaller
        : Optional.of(dense());
  }

  /** The option of fewest bits. */
  CompressionOption smallest() {
    return next(0, denseBits).orElseGet(this::dense);
  }
}
