package io.compot.gguf.model;

import io.compot.error.InputException;
import io.compot.error.Shown;
import io.compot.gguf.GgufValue;
import io.compot.gguf.ValueType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * Typed access to a file's metadata; what is missing or of another type is refused by name.
 *
 * @param file for messages
 */
record Metadata(Path file, Map<String, GgufValue> values) {

  private static final String ADVICE = "use a file that llama.cpp reads, or the original model";

  boolean has(String key) {
    return values.containsKey(key);
  }

  String text(String key) throws InputException {
    return optionalText(key).orElseThrow(() -> missing(key));
  }

  Optional<String> optionalText(String key) throws InputException {
    GgufValue value = values.get(key);
    if (value == null) {
      return Optional.empty();
    }
    if (value instanceof GgufValue.Text(String text)) {
      return Optional.of(text);
    }
    throw unexpected(key, value, "a text");
  }

  /** A whole number from {@code least} to 2^31 - 1. */
  long whole(String key, long least) throws InputException {
    OptionalLong value = optionalWhole(key, least);
    if (value.isEmpty()) {
      throw missing(key);
    }
    return value.getAsLong();
  }

  /** A whole number, where a list of one number a layer must say the same of all. */
  OptionalLong optionalWhole(String key, long least) throws InputException {
    GgufValue value = values.get(key);
    if (value instanceof GgufValue.Items(ValueType _, List<GgufValue> items)
        && !items.isEmpty()
        && items.stream().allMatch(items.getFirst()::equals)) {
      value = items.getFirst();
    }
    if (value == null) {
      return OptionalLong.empty();
    }
    if (value instanceof GgufValue.Whole(ValueType _, long whole)
        && whole >= least
        && whole <= Integer.MAX_VALUE) {
      return OptionalLong.of(whole);
    }
    throw unexpected(
        key, value, "a whole number from %d to %d".formatted(least, Integer.MAX_VALUE));
  }

  double positive(String key) throws InputException {
    OptionalDouble value = optionalPositive(key);
    if (value.isEmpty()) {
      throw missing(key);
    }
    return value.getAsDouble();
  }

  OptionalDouble optionalPositive(String key) throws InputException {
    GgufValue value = values.get(key);
    if (value == null) {
      return OptionalDouble.empty();
    }
    if (value instanceof GgufValue.Real(ValueType _, double real)
        && real > 0
        && Double.isFinite(real)) {
      return OptionalDouble.of(real);
    }
    throw unexpected(key, value, "a number above zero");
  }

  boolean flag(String key, boolean absent) throws InputException {
    GgufValue value = values.get(key);
    if (value == null) {
      return absent;
    }
    if (value instanceof GgufValue.Flag(boolean flag)) {
      return flag;
    }
    throw unexpected(key, value, "true or false");
  }

  List<String> texts(String key) throws InputException {
    var texts = new ArrayList<String>();
    for (GgufValue item : items(key)) {
      if (!(item instanceof GgufValue.Text(String text))) {
        throw unexpected(key, item, "texts");
      }
      texts.add(text);
    }
    return texts;
  }

  List<Integer> ints(String key) throws InputException {
    var ints = new ArrayList<Integer>();
    for (GgufValue item : items(key)) {
      if (!(item instanceof GgufValue.Whole(ValueType _, long whole)) || whole != (int) whole) {
        throw unexpected(key, item, "whole numbers");
      }
      ints.add((int) whole);
    }
    return ints;
  }

  List<Double> reals(String key) throws InputException {
    var reals = new ArrayList<Double>();
    for (GgufValue item : items(key)) {
      if (!(item instanceof GgufValue.Real(ValueType _, double real)) || !Double.isFinite(real)) {
        throw unexpected(key, item, "finite numbers");
      }
      reals.add(real);
    }
    return reals;
  }

  /**
   * Which layers something holds of: a list of them, or a number n for all but every nth.
   *
   * @param absent n where nothing is said
   */
  List<Boolean> pattern(String key, int absent, int layers) throws InputException {
    GgufValue value = values.get(key);
    var which = new ArrayList<Boolean>();
    if (value instanceof GgufValue.Items items && items.element() == ValueType.BOOL) {
      items.values().forEach(item -> which.add(item.equals(new GgufValue.Flag(true))));
      if (which.size() != layers) {
        throw unexpected(key, value, layers + " of true or false");
      }
      return which;
    }
    long every = optionalWhole(key, 1).orElse(absent);
    for (int i = 0; i < layers; i++) {
      which.add((i + 1) % every != 0);
    }
    return which;
  }

  private List<GgufValue> items(String key) throws InputException {
    GgufValue value = values.get(key);
    if (value == null) {
      throw missing(key);
    }
    if (value instanceof GgufValue.Items items) {
      return items.values();
    }
    throw unexpected(key, value, "a list");
  }

  InputException refuse(String key, String problem, String advice) {
    return InputException.in(file, Shown.of(key), problem, advice);
  }

  private InputException missing(String key) {
    return refuse(key, "the key is missing", ADVICE);
  }

  private InputException unexpected(String key, @Nullable GgufValue found, String expected) {
    String shown =
        switch (found) {
          case GgufValue.Whole whole -> Long.toString(whole.value());
          case GgufValue.Real real -> Double.toString(real.value());
          case GgufValue.Flag flag -> Boolean.toString(flag.value());
          case GgufValue.Text text -> "the text \"" + Shown.of(text.value()) + "\"";
          case GgufValue.Items items -> "a list of " + items.values().size();
          case null -> "nothing";
        };
    return refuse(key, "found " + shown + ", expected " + expected, ADVICE);
  }
}
