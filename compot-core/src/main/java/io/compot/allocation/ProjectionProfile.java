package io.compot.allocation;

import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.GuardedOptions;
import io.compot.allocation.option.OptionSource;
import io.compot.allocation.option.Spectrum;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What an allocator may know of one projection.
 *
 * @param name checkpoint name without {@code .weight}
 * @param kind what it does in a block
 * @param input what those have in common that are applied to the very same input
 * @param in input features
 * @param out output features
 * @param depth index of its block
 * @param denseBits of the weight as it is
 * @param source how it could be stored instead
 * @param whole whether it may stay as it is
 * @param weightSpectrum singular values of the raw weight
 * @param whitenedSpectrum singular values of LW, in the units of the calibration
 * @param trainedRatio fraction of its bits that training has taken, in [0, 1)
 */
public record ProjectionProfile(
    String name,
    String kind,
    String input,
    long in,
    long out,
    int depth,
    long denseBits,
    OptionSource source,
    boolean whole,
    Optional<Spectrum> weightSpectrum,
    Optional<Spectrum> whitenedSpectrum,
    OptionalDouble trainedRatio) {

  public ProjectionProfile {
    if (name.isBlank() || in < 1 || out < 1 || depth < 0 || denseBits < 1) {
      throw new IllegalArgumentException(
          "projection '%s': %d x %d at depth %d with %d bits"
              .formatted(name, out, in, depth, denseBits));
    }
  }

  /** A profile of which nothing but its options is known; it is of a kind and input of its own. */
  public static ProjectionProfile of(
      String name, long in, long out, int depth, long denseBits, OptionSource source) {
    return new ProjectionProfile(
        name,
        name,
        name,
        in,
        out,
        depth,
        denseBits,
        source,
        true,
        Optional.empty(),
        Optional.empty(),
        OptionalDouble.empty());
  }

  /** The same of a kind, reading an input. */
  public ProjectionProfile at(String itsKind, String itsInput) {
    return new ProjectionProfile(
        name,
        itsKind,
        itsInput,
        in,
        out,
        depth,
        denseBits,
        source,
        whole,
        weightSpectrum,
        whitenedSpectrum,
        trainedRatio);
  }

  /** The same with the raw weight's singular values. */
  public ProjectionProfile withWeightSpectrum(Spectrum spectrum) {
    return new ProjectionProfile(
        name,
        kind,
        input,
        in,
        out,
        depth,
        denseBits,
        source,
        whole,
        Optional.of(spectrum),
        whitenedSpectrum,
        trainedRatio);
  }

  /** The same with the whitened weight's singular values. */
  public ProjectionProfile withWhitenedSpectrum(Spectrum spectrum) {
    return new ProjectionProfile(
        name,
        kind,
        input,
        in,
        out,
        depth,
        denseBits,
        source,
        whole,
        weightSpectrum,
        Optional.of(spectrum),
        trainedRatio);
  }

  /** The same with the fraction of its bits that training has taken. */
  public ProjectionProfile withTrainedRatio(double taken) {
    return new ProjectionProfile(
        name,
        kind,
        input,
        in,
        out,
        depth,
        denseBits,
        source,
        whole,
        weightSpectrum,
        whitenedSpectrum,
        OptionalDouble.of(taken));
  }

  /**
   * The same under guards: no option that removes less than {@code least} or more than {@code most}
   * of the bits. With {@code least} above 0 it does not stay as it is, unless there is no option
   * between the guards.
   */
  ProjectionProfile guarded(double least, double most) {
    var guards = new GuardedOptions(source, kept(most), kept(least));
    boolean stays = least == 0 || guards.within(denseBits - 1).isEmpty();
    return new ProjectionProfile(
        name,
        kind,
        input,
        in,
        out,
        depth,
        denseBits,
        guards,
        stays,
        weightSpectrum,
        whitenedSpectrum,
        trainedRatio);
  }

  private long kept(double removed) {
    return (long) Math.floor((1 - removed) * denseBits);
  }

  /** The option that is always there: the weight as it is, without error. */
  public CompressionOption dense() {
    return CompressionOption.dense(denseBits);
  }

  /** Every option of fewer bits than the dense weight, and last that weight if it may stay. */
  List<CompressionOption> candidates() {
    List<CompressionOption> all = new ArrayList<>();
    source.options().stream().filter(option -> option.bits() < denseBits).forEach(all::add);
    if (whole) {
      all.add(dense());
    }
    return all;
  }

  /** The best option of at most so many bits, the dense weight among them. */
  Optional<CompressionOption> within(long bits) {
    return whole && bits >= denseBits
        ? Optional.of(dense())
        : source.within(Math.min(bits, denseBits - 1));
  }

  /** The smallest option of more than {@code above} and at most {@code limit} bits. */
  Optional<CompressionOption> next(long above, long limit) {
    Optional<CompressionOption> smaller = source.next(above, Math.min(limit, denseBits - 1));
    return smaller.isPresent() || !whole || limit < denseBits || above >= denseBits
        ? smaller
        : Optional.of(dense());
  }

  /** The option of fewest bits. */
  CompressionOption smallest() {
    return next(0, denseBits).orElseGet(this::dense);
  }
}
