package io.compot.pipeline.work;

import io.compot.checkpoint.ModelSource;
import io.compot.error.CompotException;
import io.compot.form.Packed;
import io.compot.journal.WorkFolder;
import io.compot.pipeline.pass.RoundedTable;
import io.compot.plan.PlannedTable;
import io.compot.progress.Stage;
import io.compot.tensor.TensorScope;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rounds embedding and output projection to grids, each into a file of its own. */
public final class TableWork {

  private TableWork() {}

  /**
   * Does what no earlier process has done.
   *
   * @return each table's file, by its name
   */
  public static Map<String, Path> run(
      ModelSource source, List<PlannedTable> tables, WorkFolder work, Stage stage)
      throws CompotException {
    Map<String, Path> files = new LinkedHashMap<>();
    for (PlannedTable table : tables) {
      stage.safePoint();
      String object = "tables/" + table.name() + ".safetensors";
      Path file = work.file(object);
      if (work.find(object, Long.class).isEmpty()) {
        try (var _ = TensorScope.open();
            Packed packed = RoundedTable.of(source, table)) {
          FactorFile.write(file, table.name(), packed);
        }
        work.finish(List.of(new WorkFolder.Finished(object, table.bitsAfter())));
      }
      files.put(table.name(), file);
    }
    return files;
  }
}
