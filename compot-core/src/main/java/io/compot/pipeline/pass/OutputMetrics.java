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
import io.compot.method.CompressionMethod;
import io.compot.method.Need;
import io.compot.plan.ConsideredProjection;
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
  public WorkFolder work() {
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

  /** Keeps the options of a projection whose method has no use for the metric. */
  void note(String projection, OptionList options) throws FailureException {
    work.note(options(projection), StoredOptions.of(options));
  }

  /** The options that an earlier process has kept, with the metric where the method needs it. */
  Optional<OptionList> find(ConsideredProjection candidate) throws CompotException {
    String projection = candidate.name();
    boolean withMetric = candidate.method().needs(Need.OUTPUT_METRIC);
    String object = withMetric ? name(projection) : options(projection);
    var found = work.find(object, StoredOptions.class);
    if (found.isPresent() && withMetric) {
      files.put(projection, work.file(object));
    }
    return found.map(stored -> stored.list(candidate.method()));
  }

  private static String options(String projection) {
    return "options/" + projection;
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
        double rise,
        String maker) {}

    static StoredOptions of(OptionList list) {
      List<Option> options = new ArrayList<>();
      for (CompressionOption each : list.options()) {
        double rise = each.errors().getOrDefault(ErrorMeasure.LOSS_RISE, Double.NaN);
        String maker = each.maker().orElseThrow().name();
        options.add(new Option(each.label(), each.size().orElseThrow(), each.bits(), rise, maker));
      }
      return new StoredOptions(options);
    }

    /** The options again, each with its maker, which the method knows by name. */
    OptionList list(CompressionMethod method) {
      List<CompressionOption> list = new ArrayList<>();
      for (Option each : options) {
        list.add(
            new CompressionOption(
                each.label(),
                Optional.of(each.size()),
                each.bits(),
                Map.of(ErrorMeasure.LOSS_RISE, each.rise()),
                Optional.of(method.maker(each.maker()))));
      }
      return list.isEmpty()
          ? OptionList.rankedByBits(list)
          : OptionList.rankedBy(ErrorMeasure.LOSS_RISE, list);
    }
  }
}
