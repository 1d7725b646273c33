package io.compot.evaluation.task;

import io.compot.error.CompotException;
import io.compot.evaluation.data.DataFolder;
import io.compot.evaluation.request.PairEncoder;
import io.compot.evaluation.request.TokenRequest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What a task asks a model, in tokens, without asking it. */
public final class TaskRequests {

  private TaskRequests() {}

  /**
   * The requests of each document.
   *
   * @param name of a standard task, or a group of them
   * @param folder where its data lie
   * @param maxLength longest input of the model
   */
  public static List<List<TokenRequest>> of(
      String name, Path folder, TaskOptions options, PairEncoder encoder, int maxLength)
      throws CompotException {
    DataFolder data = DataFolder.open(folder);
    List<List<TokenRequest>> requests = new ArrayList<>();
    for (Task task : StandardTasks.named(name).tasks()) {
      PreparedTask prepared = PreparedTask.of(task, new TaskData.InFolder(data), options);
      requests.addAll(prepared.requests(encoder, maxLength));
    }
    return requests;
  }
}
