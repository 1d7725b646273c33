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
import io.compot.plan.PlannedTable;
import io.compot.progress.Stage;
import io.compot.safetensors.ShardedWriter;
import io.compot.safetensors.TensorInfo;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Puts a packed checkpoint together: factors where there are some, everything else bit for bit. */
final class PackedOutput {

  private final ModelSource source;
  private final Plan plan;
  private final Map<String, PlannedProjection> byWeight = new LinkedHashMap<>();
  private final Map<String, PlannedTable> tables = new LinkedHashMap<>();

  PackedOutput(ModelSource source, Plan plan) {
    this.source = source;
    this.plan = plan;
    plan.tables().forEach(table -> tables.put(table.name() + ".weight", table));
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
        PlannedTable table = tables.get(name);
        if (table != null) {
          FactorFile.copy(Objects.requireNonNull(factorFiles.get(table.name())), writer);
          stage.advance(table.name(), table.bitsAfter() / 8);
        } else if (projection == null) {
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
      PlannedTable table = tables.get(name);
      if (table != null) {
        tensors.addAll(PackedTensors.of(table.name(), table.form(), table.in(), table.out()));
      } else if (p == null) {
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
    plan.tables().forEach(table -> forms.put(table.name(), table.form()));
    return new CompressionSection(plan.method(), plan.requestedRatio(), forms);
  }
}
