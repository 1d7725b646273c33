package io.compot.pipeline.task;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import io.compot.error.FailureException;
import io.compot.form.codec.FormJson;
import io.compot.recipe.MethodJson;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * A piece of a compression that reads files and writes files. Done again, or by two processes at
 * once, it makes the same files again, each of which takes its place whole.
 *
 * @param <R> what it gives beside its files
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "task")
@JsonSubTypes({
  @JsonSubTypes.Type(value = ObserveTask.class, name = "observe"),
  @JsonSubTypes.Type(value = PairedTask.class, name = "observe both"),
  @JsonSubTypes.Type(value = StepTask.class, name = "step"),
  @JsonSubTypes.Type(value = SumTask.class, name = "sum"),
  @JsonSubTypes.Type(value = ProfileTask.class, name = "profile"),
  @JsonSubTypes.Type(value = FactoriseTask.class, name = "factorise")
})
public sealed interface CrewTask<R>
    permits ObserveTask, PairedTask, StepTask, SumTask, ProfileTask, FactoriseTask {

  /** The type of what it gives. */
  Class<R> gives();

  /** What is to be the same wherever it is done. */
  Premises premises();

  /** The task as JSON. */
  default String json() {
    return Json.MAPPER.writeValueAsString(this);
  }

  /**
   * Reads what {@link #json} wrote.
   *
   * @throws FailureException where it is none of ours
   */
  static CrewTask<?> read(String json) throws FailureException {
    try {
      return Json.MAPPER.readValue(json, CrewTask.class);
    } catch (JacksonException e) {
      throw new FailureException(
          "a task cannot be read (%s); all processes need the same Compot, with the same methods and forms of other jars"
              .formatted(e.getOriginalMessage()),
          e);
    }
  }

  /** What a task gave, as JSON. */
  static String written(Object result) {
    return Json.MAPPER.writeValueAsString(result);
  }

  /** Reads what {@link #written} wrote of this task. */
  default R result(String json) throws FailureException {
    try {
      return Json.MAPPER.readValue(json, gives());
    } catch (JacksonException e) {
      throw new FailureException(
          "what a task gave cannot be read (%s); all processes need the same Compot"
              .formatted(e.getOriginalMessage()),
          e);
    }
  }

  /** How tasks and results are written. */
  final class Json {

    static final JsonMapper MAPPER =
        JsonMapper.builder().addModule(FormJson.module()).addModule(MethodJson.module()).build();

    private Json() {}
  }
}
