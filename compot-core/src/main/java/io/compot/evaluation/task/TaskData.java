package io.compot.evaluation.task;

import io.compot.error.InputException;
import io.compot.error.UsageException;
import io.compot.evaluation.data.DataFile;
import io.compot.evaluation.data.DataFolder;
import io.compot.evaluation.data.DataTable;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Where the rows of a task come from. */
sealed interface TaskData {

  /** The rows of one split. */
  DataTable table(Task task, String split) throws InputException, UsageException;

  /** A folder of data sets, in which each is found by its name. */
  record InFolder(DataFolder folder) implements TaskData {

    @Override
    public DataTable table(Task task, String split) throws InputException, UsageException {
      return folder.table(task.data(), split, split.equals(task.split()));
    }
  }

  /**
   * One file a split, as a task file names them.
   *
   * @param task the task file; its digest stands beside those of the data
   */
  record InFiles(Path task, Path folder, Map<String, String> files) implements TaskData {

    @Override
    public DataTable table(Task asked, String split) throws InputException, UsageException {
      String name = files.get(split);
      if (name == null) {
        throw new UsageException(
            "task %s: its file names no data for %s".formatted(asked.name(), split));
      }
      Path file = folder.resolve(name);
      Map<String, String> digests = new HashMap<>();
      digests.put(task.getFileName().toString(), DataFile.digest(task));
      digests.put(name, DataFile.digest(file));
      return new DataTable(DataFile.rows(file), digests);
    }
  }
}
