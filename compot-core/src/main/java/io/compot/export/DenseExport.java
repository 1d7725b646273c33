package io.compot.export;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.CompressionSection;
import io.compot.checkpoint.OutputFolder;
import io.compot.checkpoint.ProtectedPaths;
import io.compot.checkpoint.SideFileNotice;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.form.Form;
import io.compot.form.Packed;
import io.compot.form.codec.Codecs;
import io.compot.form.codec.PackedTensors;
import io.compot.model.Architecture;
import io.compot.progress.ProgressListener;
import io.compot.progress.Run;
import io.compot.progress.Stage;
import io.compot.safetensors.ShardedWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.setting.Schema;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeLibraries;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;

/**
 * Multiplies factors out: an ordinary checkpoint that computes what the packed one does. Of a model
 * in another program's format, its weights as they are read.
 */
public record DenseExport() implements ExportFormat {

  /** What may be said of it. */
  public static final Schema<DenseExport> SCHEMA =
      new Schema<>(
          "dense",
          "an ordinary Hugging Face checkpoint, as large as the original: factors multiplied out",
          new DenseExport(),
          List.of());

  @Override
  public Schema<DenseExport> schema() {
    return SCHEMA;
  }

  @Override
  public void check(Path model, Path output, boolean force) throws CompotException {
    ProtectedPaths.of(model).requireApart(output);
    OutputFolder.requireFree(output, force);
  }

  /**
   * {@inheritDoc}
   *
   * @throws CompotException where the model is not a compressed one, or writing fails
   */
  @Override
  public void write(Path model, Path output, boolean force, ProgressListener listener)
      throws CompotException {
    ProtectedPaths.of(model).requireApart(output);
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      NativeLibraries.load();
      if (checkpoint.compression().isEmpty() && !checkpoint.isForeign()) {
        throw InputException.in(
            model, "the checkpoint is not compressed", "it is dense already: use it as it is");
      }
      Map<String, Replaced> packed = Replaced.of(checkpoint, Architecture.of(checkpoint));
      List<TensorInfo> tensors = tensors(checkpoint, packed);
      long bytes = tensors.stream().mapToLong(TensorInfo::bytes).sum();
      try (OutputFolder folder = OutputFolder.create(output, force);
          var stage = Run.of(listener).stage("export", bytes)) {
        folder.requireSpace(bytes + OutputFolder.smallFiles(checkpoint.sideFiles(), packed.size()));
        try (var writer =
            new ShardedWriter(folder.path(), tensors, ShardedWriter.DEFAULT_SHARD_SIZE)) {
          write(checkpoint, packed, tensors, writer, stage);
          writer.finish();
        }
        folder.write("config.json", CompressionSection.removedFrom(checkpoint.config()));
        SideFileNotice.tell(checkpoint, listener);
        folder.copy(checkpoint.sideFiles());
        folder.commit();
      }
    }
  }

  private static void write(
      Checkpoint checkpoint,
      Map<String, Replaced> packed,
      List<TensorInfo> tensors,
      ShardedWriter writer,
      Stage stage)
      throws CompotException {
    for (TensorInfo info : tensors) {
      Replaced projection = packed.get(info.name());
      if (projection == null) {
        writer.copy(info.name(), checkpoint);
      } else {
        try (var _ = TensorScope.open();
            Packed read =
                PackedTensors.read(
                    checkpoint,
                    projection.name(),
                    form(checkpoint, projection),
                    projection.in(),
                    projection.out())) {
          // Rounded once, after the product.
          Tensor dense = Codecs.dense(read, Dtype.F32).to(info.dtype().scalarType());
          writer.write(info.name(), projection.layout().turned(dense));
        }
      }
      stage.advance(info.name(), info.bytes());
    }
  }

  private static List<TensorInfo> tensors(Checkpoint checkpoint, Map<String, Replaced> packed)
      throws InputException {
    Set<String> parts = new HashSet<>();
    for (Replaced each : packed.values()) {
      PackedTensors.of(each.name(), form(checkpoint, each), each.in(), each.out())
          .forEach(part -> parts.add(part.name()));
    }
    var tensors = new ArrayList<TensorInfo>();
    for (String name : checkpoint.names()) {
      if (!parts.contains(name)) {
        tensors.add(checkpoint.info(name));
      }
    }
    for (var entry : packed.entrySet()) {
      Replaced each = entry.getValue();
      Dtype dtype = Codecs.denseType(form(checkpoint, each), each.in(), each.out());
      tensors.add(
          new TensorInfo(entry.getKey(), dtype, each.layout().shape(each.in(), each.out())));
    }
    return tensors;
  }

  private static Form form(Checkpoint checkpoint, Replaced projection) {
    return Objects.requireNonNull(checkpoint.packed().get(projection.name()));
  }
}
