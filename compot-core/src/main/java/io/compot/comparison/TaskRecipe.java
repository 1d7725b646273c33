package io.compot.comparison;

import io.compot.error.InputException;
import io.compot.evaluation.task.TaskOptions;
import io.compot.text.YamlFields;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** The part of a comparison's recipe that says which tasks its models answer. */
final class TaskRecipe {

  /** Its keys, which are the options of eval. */
  static final List<String> KEYS = List.of("tasks", "task-data", "shots", "limit", "batch-tokens");

  private TaskRecipe() {}

  static ComparedTasks read(YamlFields recipe) throws InputException {
    List<String> names = new ArrayList<>();
    for (String name : recipe.texts("tasks")) {
      boolean file = name.endsWith(".yaml") || name.endsWith(".yml");
      names.add(file ? recipe.resolve("tasks", name).toString() : name);
    }
    for (String key : KEYS) {
      if (names.isEmpty() && recipe.has(key)) {
        throw recipe.refuse(key, "there are no tasks; name some under tasks");
      }
    }
    Path data = null;
    if (recipe.has("task-data")) {
      data = recipe.resolve("task-data", recipe.requiredText("task-data"));
    }
    TaskOptions options = TaskOptions.defaults();
    OptionalLong shots = recipe.whole("shots");
    if (shots.isPresent()) {
      options = options.withShots(Math.clamp(shots.getAsLong(), -1, Integer.MAX_VALUE));
    }
    OptionalLong batch = recipe.whole("batch-tokens");
    if (batch.isPresent()) {
      options = options.withBatchTokens(Math.clamp(batch.getAsLong(), 0, Integer.MAX_VALUE));
    }
    OptionalDouble limit = recipe.number("limit");
    if (limit.isPresent()) {
      options = options.withLimit(limit.getAsDouble());
    }
    return new ComparedTasks(names, data, options);
  }
}
