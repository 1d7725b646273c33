package io.compot.pipeline.pass;

import io.compot.allocation.option.CompressionOption;
import io.compot.allocation.option.ErrorMeasure;
import io.compot.allocation.option.OptionList;
import io.compot.calibration.Gram;
import io.compot.error.CompotException;
import io.compot.error.FailureException;
import io.compot.form.Form;
import io.compot.form.codec.FormJson;
import io.compot.journal.WorkFolder;
import io.compot.safetensors.SafetensorsWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.annotation.JsonSerialize;

/**
 * Each projection's E[ggᵀ] in a file of its own between the backward pass, which ends at the first
 * block, and the factorisation, which begins there; and beside it what that pass found out of the
 * projection's options.
 */
public final class OutputMetrics {

  /** The tensor in each file. */
  public static final String TENSOR = "metric";

  private final WorkFolder work;
  private final Map<String, Path> files = new LinkedHashMap<>();

  public OutputMetrics(WorkFolder work) {
    this.work = work;
  }

  /** Where the files lie. */
  WorkFolder work() {
    return work;
  }

  /** Bytes of the files for projections with so many outputs. */
  public static long bytes(long out) {
    return out * out * Double.BYTES;
  }

  /** Keeps a projection's metric and options. */
  void write(String projection, Gram metric, OptionList options) throws FailureException {
    Path file = work.file(name(projection));
    var matrix = metric.matrix();
    long size = matrix.size(0);
    var tensor = new TensorInfo(TENSOR, Dtype.F64, List.of(size, size));
    try (var writer = new SafetensorsWriter(file, List.of(tensor), Map.of())) {
      writer.write(TENSOR, NativeMemory.bytes(matrix));
      writer.finish();
    }
    work.finish(List.of(new WorkFolder.Finished(name(projection), StoredOptions.of(options))));
    files.put(projection, file);
  }

  /** The options of a projection whose metric an earlier process has kept. */
  Optional<OptionList> find(String projection) throws CompotException {
    var found = work.find(name(projection), StoredOptions.class);
    if (found.isPresent()) {
      files.put(projection, work.file(name(projection)));
    }
    return found.map(StoredOptions::list);
  }

  private static String name(String projection) {
    return "metrics/" + projection + ".safetensors";
  }

  /** Each projection's file. */
  public Map<String, Path> files() {
    return files;
  }

  /** Options as a journal holds them. */
  record StoredOptions(List<Option> options) {

    /** One of them. */
    record Option(
        String label,
        @JsonSerialize(using = FormJson.Serializer.class)
            @JsonDeserialize(using = FormJson.Deserializer.class)
            Form size,
        long bits,
        double rise) {}

    static StoredOptions of(OptionList list) {
      List<Option> options = new ArrayList<>();
      for (CompressionOption each : list.options()) {
        double rise = each.errors().getOrDefault(ErrorMeasure.LOSS_RISE, Double.NaN);
        options.add(new Option(each.label(), each.size().orElseThrow(), each.bits(), rise));
      }
      return new StoredOptions(options);
    }

    OptionList list() {
      List<CompressionOption> list = new ArrayList<>();
      for (Option each : options) {
        list.add(
            new CompressionOption(
                each.label(),
                Optional.of(each.size()),
                each.bits(),
                Map.of(ErrorMeasure.LOSS_RISE, each.rise())));
      }
      return list.isEmpty()
          ? OptionList.rankedByBits(list)
          : OptionList.rankedBy(ErrorMeasure.LOSS_RISE, list);
    }
  }
}
