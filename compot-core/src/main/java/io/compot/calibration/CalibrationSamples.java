package io.compot.calibration;

import io.compot.model.Architecture;
import io.compot.model.Stack;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What each stack of a model is calibrated on. A sample of one stack belongs to the sample of the
 * same number of another, as what is said belongs to what is heard.
 *
 * @param byStack by the stack's name
 */
public record CalibrationSamples(Map<String, SampleSource> byStack) {

  public CalibrationSamples {
    byStack =
        new TreeMap<>(byStack); // in one order, whatever map it was: a resumed run compares it
    if (byStack.values().stream().map(each -> each.lengths().count()).distinct().count() != 1) {
      throw new IllegalArgumentException("not as many samples for each stack: " + byStack);
    }
  }

  /** Windows of text, for a model that has a decoder alone. */
  public static CalibrationSamples of(Architecture architecture, TokenWindows windows) {
    return new CalibrationSamples(Map.of(architecture.decoder().name(), windows));
  }

  /** Whether a stack has any: a model that sees may be calibrated on text alone. */
  public boolean has(Stack stack) {
    return byStack.containsKey(stack.name());
  }

  /** The stacks of a model that have some, in their order. */
  public List<Stack> stacks(Architecture architecture) {
    return architecture.stacks().stream().filter(this::has).toList();
  }

  /** Those of a stack. */
  public SampleSource of(Stack stack) {
    return Objects.requireNonNull(byStack.get(stack.name()), stack::name);
  }

  /** Number of samples. */
  public int count() {
    return byStack.values().iterator().next().lengths().count();
  }

  /** Hidden states that each makes, where all make as many in the only stack. */
  public OptionalInt length() {
    var lengths = new TreeSet<Integer>();
    byStack.values().forEach(each -> lengths.addAll(each.lengths().each()));
    return byStack.size() == 1 && lengths.size() == 1
        ? OptionalInt.of(lengths.first())
        : OptionalInt.empty();
  }

  /** Hidden states of all samples in all stacks. */
  public long states() {
    return byStack.values().stream().mapToLong(each -> each.lengths().total()).sum();
  }

  /** Every second sample, where that leaves at least {@code least}; else all of them. */
  public CalibrationSamples halved(int least) {
    var halves = new LinkedHashMap<String, SampleSource>();
    byStack.forEach((stack, samples) -> halves.put(stack, samples.halved(least)));
    return new CalibrationSamples(halves);
  }

  /** What they are: the same words, the same samples. */
  public String identity() {
    if (byStack.size() == 1) {
      return byStack.values().iterator().next().identity();
    }
    var words = new LinkedHashMap<String, String>();
    byStack.forEach((stack, samples) -> words.put(stack, samples.identity()));
    return words.toString();
  }
}
