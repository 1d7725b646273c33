package io.compot.safetensors;

import io.compot.error.InputException;
import io.compot.error.JsonProblem;
import io.compot.error.Shown;
import io.compot.tensor.Dtype;
import io.compot.text.StrictJson;
import java.io.Reader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;

/**
 * The JSON header of a safetensors file, checked by every rule of the format: known dtypes,
 * non-negative whole shapes, products that do not overflow, and byte ranges that cover the data
 * section exactly, without hole or overlap.
 */
record SafetensorsHeader(Map<String, Entry> tensors, Map<String, String> metadata) {

  /** A tensor and its byte range within the data section. */
  record Entry(TensorInfo info, long begin, long end) {}

  /** Types of the format that libtorch on a CPU gives us nothing to compute with. */
  private static final Set<String> UNSUPPORTED =
      Set.of(
          "F4",
          "F6_E2M3",
          "F6_E3M2",
          "F8_E5M2",
          "F8_E4M3",
          "F8_E8M0",
          "F8_E4M3FNUZ",
          "F8_E5M2FNUZ",
          "C64");

  private static final String DAMAGED = "the file is damaged: fetch it again";
  private static final int MOST_TENSORS = 1_000_000;

  /**
   * @param json the header text
   * @param dataBytes bytes of the file behind the header
   */
  static SafetensorsHeader parse(Path file, Reader json, long dataBytes) throws InputException {
    var tensors = new TreeMap<String, Entry>();
    var metadata = new TreeMap<String, String>();
    try (JsonParser parser = StrictJson.FACTORY.createParser(ObjectReadContext.empty(), json)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw InputException.in(file, "the header is not a JSON object", DAMAGED);
      }
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        parser.nextToken();
        if (name.equals("__metadata__")) {
          readMetadata(file, parser, metadata);
        } else {
          if (tensors.size() == MOST_TENSORS) {
            throw InputException.in(
                file, "the header lists more than " + MOST_TENSORS + " tensors", DAMAGED);
          }
          tensors.put(name, new EntryReader(file, name, parser).read());
        }
      }
      if (parser.nextToken() != null) {
        throw InputException.in(file, "there is more behind the header's JSON object", DAMAGED);
      }
    } catch (JacksonException e) {
      throw InputException.in(
          file, "the header is not valid JSON in UTF-8: " + JsonProblem.of(e), DAMAGED);
    }
    checkRanges(file, new ArrayList<>(tensors.values()), dataBytes);
    return new SafetensorsHeader(
        Collections.unmodifiableMap(tensors), Collections.unmodifiableMap(metadata));
  }

  private static void readMetadata(Path file, JsonParser parser, Map<String, String> metadata)
      throws InputException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw InputException.in(file, "__metadata__", "not an object of strings", DAMAGED);
    }
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      if (parser.nextToken() != JsonToken.VALUE_STRING) {
        throw InputException.in(
            file, "__metadata__", "the value of " + Shown.of(key) + " is not a string", DAMAGED);
      }
      metadata.put(key, parser.getString());
    }
  }

  private static void checkRanges(Path file, List<Entry> entries, long dataBytes)
      throws InputException {
    for (Entry entry : entries) {
      if (entry.end() > dataBytes) {
        throw refuse(
            file,
            entry.info().name(),
            "data_offsets [%d, %d] reach past the end of the file's %d bytes of data"
                .formatted(entry.begin(), entry.end(), dataBytes),
            "the download was cut off or the file is damaged: fetch it again");
      }
    }
    entries.sort(Comparator.comparingLong(Entry::begin).thenComparingLong(Entry::end));
    @Nullable Entry before = null;
    long covered = 0;
    for (Entry entry : entries) {
      if (entry.begin() < covered && before != null) {
        throw refuse(
            file,
            entry.info().name(),
            "data_offsets [%d, %d] overlap those of %s, which end at %d"
                .formatted(entry.begin(), entry.end(), Shown.of(before.info().name()), covered),
            DAMAGED);
      }
      if (entry.begin() > covered) {
        throw refuse(
            file,
            entry.info().name(),
            "the bytes %d to %d before it belong to no tensor".formatted(covered, entry.begin()),
            DAMAGED);
      }
      covered = entry.end();
      before = entry;
    }
    if (covered != dataBytes) {
      throw InputException.in(
          file,
          "%d bytes behind the last tensor belong to no tensor".formatted(dataBytes - covered),
          DAMAGED);
    }
  }

  private static InputException refuse(Path file, String name, String problem, String advice) {
    return InputException.in(file, "tensor " + Shown.of(name), problem, advice);
  }

  /** Reads one entry of the header. */
  private record EntryReader(Path file, String name, JsonParser parser) {

    Entry read() throws InputException {
      if (!Shown.wellFormed(name)) {
        throw refuse("the name is not valid Unicode");
      }
      if (parser.currentToken() != JsonToken.START_OBJECT) {
        throw refuse("expected an object with dtype, shape and data_offsets");
      }
      @Nullable Dtype dtype = null;
      @Nullable List<Long> shape = null;
      @Nullable List<Long> offsets = null;
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String field = parser.currentName();
        parser.nextToken();
        switch (field) {
          case "dtype" -> dtype = dtype();
          case "shape" -> shape = numbers("shape");
          case "data_offsets" -> offsets = numbers("data_offsets");
          default -> parser.skipChildren(); // ignored, as the reference reader does
        }
      }
      if (dtype == null || shape == null || offsets == null) {
        throw refuse(
            (dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets") + " is missing");
      }
      if (offsets.size() != 2 || offsets.get(0) > offsets.get(1)) {
        throw refuse("data_offsets " + offsets + " are not [begin, end] with begin <= end");
      }
      var info = new TensorInfo(name, dtype, shape);
      long bytes;
      try {
        bytes = info.bytes();
      } catch (ArithmeticException e) {
        throw refuse("shape " + shape + " has more elements than any file can hold");
      }
      long present = offsets.get(1) - offsets.get(0);
      if (bytes != present) {
        throw refuse(
            "shape %s in %s takes %d bytes, data_offsets give %d"
                .formatted(shape, dtype, bytes, present));
      }
      return new Entry(info, offsets.get(0), offsets.get(1));
    }

    private Dtype dtype() throws InputException {
      if (parser.currentToken() != JsonToken.VALUE_STRING) {
        throw refuse("dtype is not a string");
      }
      String written = parser.getString();
      if (UNSUPPORTED.contains(written)) {
        throw SafetensorsHeader.refuse(
            file,
            name,
            "dtype " + written + " (quantised or complex numbers) is not supported",
            "use the checkpoint in BF16, F16 or F32");
      }
      Dtype dtype = Dtype.named(written).orElse(null);
      if (dtype == null) {
        throw refuse("dtype " + Shown.of(written) + " is unknown");
      }
      return dtype;
    }

    private List<Long> numbers(String field) throws InputException {
      if (parser.currentToken() != JsonToken.START_ARRAY) {
        throw refuse(field + " is not a list");
      }
      var numbers = new ArrayList<Long>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
            || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
            || parser.getLongValue() < 0) {
          String found =
              parser.currentToken().isScalarValue() ? Shown.of(parser.getString()) : "a list";
          throw refuse(
              field + " holds " + found + " where a whole number from 0 to 2^63-1 belongs");
        }
        if (numbers.size() == 64) {
          throw refuse(field + " has more than 64 entries");
        }
        numbers.add(parser.getLongValue());
      }
      return numbers;
    }

    private InputException refuse(String problem) {
      return SafetensorsHeader.refuse(file, name, problem, DAMAGED);
    }
  }
}
