package io.compot.export;

import io.compot.checkpoint.Checkpoint;
import io.compot.checkpoint.CompressionSection;
import io.compot.checkpoint.OutputFolder;
import io.compot.checkpoint.PackedFactors;
import io.compot.checkpoint.ProtectedPaths;
import io.compot.checkpoint.SideFileNotice;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.form.Factors;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.progress.ProgressListener;
import io.compot.progress.Stage;
import io.compot.progress.StopRequest;
import io.compot.safetensors.ShardedWriter;
import io.compot.safetensors.TensorInfo;
import io.compot.tensor.Dtype;
import io.compot.tensor.NativeLibraries;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Multiplies factors out: an ordinary checkpoint that computes what the packed one does. */
public final class DenseExport {

  private static final List<String> SUFFIXES =
      List.of(".dictionary", ".values", ".mask", ".left", ".right");

  private final Path model;
  private final ProgressListener listener;

  /** An export of the compressed checkpoint in a folder. */
  public DenseExport(Path model, ProgressListener listener) {
    this.model = model;
    this.listener = listener;
  }

  /**
   * Does it.
   *
   * @param output folder that appears whole or not at all
   * @param force whether an existing one is replaced
   * @throws CompotException where the model is not a compressed one, or writing fails
   */
  public void run(Path output, boolean force) throws CompotException {
    ProtectedPaths.of(model).requireApart(output);
    try (Checkpoint checkpoint = Checkpoint.open(model)) {
      NativeLibraries.load();
      if (checkpoint.compression().isEmpty()) {
        throw InputException.in(
            model, "the checkpoint is not compressed", "it is dense already: use it as it is");
      }
      Map<String, Projection> packed = packed(checkpoint);
      List<TensorInfo> tensors = tensors(checkpoint, packed);
      long bytes = tensors.stream().mapToLong(TensorInfo::bytes).sum();
      try (OutputFolder folder = OutputFolder.create(output, force);
          var stage =
              new Stage("export", bytes, listener, StopRequest.never(), new LinkedHashMap<>())) {
        folder.requireSpace(bytes + OutputFolder.SMALL_FILES);
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
      Map<String, Projection> packed,
      List<TensorInfo> tensors,
      ShardedWriter writer,
      Stage stage)
      throws CompotException {
    for (TensorInfo info : tensors) {
      Projection projection = packed.get(info.name());
      if (projection == null) {
        writer.copy(info.name(), checkpoint);
      } else {
        try (var _ = TensorScope.open();
            Factors factors =
                PackedFactors.read(
                    checkpoint, projection.name(), projection.in(), projection.out())) {
          // Rounded once, after the product.
          writer.write(info.name(), factors.dense(Dtype.F32).to(info.dtype().scalarType()));
        }
      }
      stage.advance(info.name(), info.bytes());
    }
  }

  /** Packed projections by the name of the weight that they stand for. */
  private static Map<String, Projection> packed(Checkpoint checkpoint) throws InputException {
    Architecture architecture = Architecture.of(checkpoint);
    var packed = new LinkedHashMap<String, Projection>();
    for (int block = 0; block < architecture.layers(); block++) {
      for (SharedInput input : architecture.projections(block)) {
        for (Projection projection : input.projections()) {
          if (PackedFactors.isPacked(checkpoint, projection.name())) {
            packed.put(projection.name() + ".weight", projection);
          }
        }
      }
    }
    return packed;
  }

  private static List<TensorInfo> tensors(Checkpoint checkpoint, Map<String, Projection> packed)
      throws InputException {
    var tensors = new ArrayList<TensorInfo>();
    for (String name : checkpoint.names()) {
      int dot = name.lastIndexOf('.');
      boolean factor =
          dot >= 0
              && SUFFIXES.contains(name.substring(dot))
              && packed.containsKey(name.substring(0, dot) + ".weight");
      if (!factor) {
        tensors.add(checkpoint.info(name));
      }
    }
    for (var entry : packed.entrySet()) {
      Projection projection = entry.getValue();
      String first =
          checkpoint.has(projection.name() + ".left")
              ? projection.name() + ".left"
              : projection.name() + ".dictionary";
      tensors.add(
          new TensorInfo(
              entry.getKey(),
              checkpoint.info(first).dtype(),
              List.of(projection.out(), projection.in())));
    }
    return tensors;
  }
}
