package io.compot.allocation.option;

import java.util.List;
import java.util.Optional;

/**
 * The options of a source that take neither too few nor too many bits.
 *
 * @param source of all options
 * @param fewest bits at least
 * @param most bits at most
 */
public record GuardedOptions(OptionSource source, long fewest, long most) implements OptionSource {

  @Override
  public List<CompressionOption> options() {
    return source.options().stream()
        .filter(option -> option.bits() >= fewest && option.bits() <= most)
        .toList();
  }

  @Override
  public Optional<CompressionOption> within(long bits) {
    return source.within(Math.min(bits, most)).filter(option -> option.bits() >= fewest);
  }
}
