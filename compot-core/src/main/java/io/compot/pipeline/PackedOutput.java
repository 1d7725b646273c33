package io.compot.pipeline;

import io.compot.checkpoint.CompressionSection;
import io.compot.checkpoint.ModelSource;
import io.compot.checkpoint.OutputFolder;
import io.compot.error.CompotException;
import io.compot.error.InputException;
import io.compot.form.Form;
import io.compot.form.codec.PackedTensors;
import io.compot.pipeline.work.FactorFile;
import io.compot.plan.Plan;
import io.compot.plan.PlannedProjection;
import io.compot.progress.Stage;
import io.compot.safetensors.ShardedWriter;
import io.compot.safetensors.TensorInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts a packed checkpoint together: factors where there are some, everything else bit for bit. */
final class PackedOutput {

  private final ModelSource source;
  private final Plan plan;
  private final Map<String, PlannedProjection> byWeight = new LinkedHashMap<>();

  PackedOutput(ModelSource source, Plan plan) {
    this.source = source;
    this.plan = plan;
    for (PlannedProjection projection : plan.projections()) {
      if (projection.compressed()) {
        byWeight.put(projection.name() + ".weight", projection);
      }
    }
  }

  /**
   * Writes weights, configuration and side files.
   *
   * @param factorFiles where each compressed projection's factors lie
   */
  void write(OutputFolder folder, Map<String, Path> factorFiles, long shardSize, Stage stage)
      throws CompotException {
    try (var writer = new ShardedWriter(folder.path(), tensors(), shardSize)) {
      for (String name : source.names()) {
        stage.safePoint();
        PlannedProjection projection = byWeight.get(name);
        if (projection == null) {
          writer.copy(name, source);
          stage.advance(name, source.info(name).bytes());
        } else {
          Path file = factorFiles.get(projection.name());
          if (file == null) {
            throw new IllegalStateException("no factors of " + projection.name());
          }
          FactorFile.copy(file, writer);
          stage.advance(projection.name(), projection.bitsAfter() / 8);
        }
      }
      writer.finish();
    }
    folder.write("config.json", section().addedTo(source.config()));
    folder.copy(source.sideFiles());
  }

  /** Bytes of the weight files that {@link #write} makes. */
  long fileBytes(long shardSize) throws InputException {
    return ShardedWriter.bytes(tensors(), shardSize);
  }

  private List<TensorInfo> tensors() throws InputException {
    var tensors = new ArrayList<TensorInfo>();
    for (String name : source.names()) {
      PlannedProjection p = byWeight.get(name);
      if (p == null) {
        tensors.add(source.info(name));
      } else {
        tensors.addAll(PackedTensors.of(p.name(), p.form().orElseThrow(), p.in(), p.out()));
      }
    }
    return tensors;
  }

  private CompressionSection section() {
    var forms = new LinkedHashMap<String, Form>();
    for (PlannedProjection projection : byWeight.values()) {
      forms.put(projection.name(), projection.form().orElseThrow());
    }
    return new CompressionSection(plan.method(), plan.requestedRatio(), forms);
  }
}
