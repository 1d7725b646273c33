package io.compot.pipeline.pass;

import io.compot.error.FailureException;
import io.compot.model.Architecture;
import io.compot.model.Projection;
import io.compot.model.SharedInput;
import io.compot.model.Stack;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds inputs and projections that a task names in a model that was opened for it. */
public final class SharedInputs {

  private SharedInputs() {}

  /** The input of a projection. */
  public static SharedInput holding(Architecture architecture, String projection)
      throws FailureException {
    return architecture
        .projections()
        .filter(input -> input.projections().stream().anyMatch(p -> p.name().equals(projection)))
        .findFirst()
        .orElseThrow(() -> unknown(projection));
  }

  /** One of the projections of an input. */
  public static Projection projection(SharedInput input, String name) throws FailureException {
    return input.projections().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(() -> unknown(name));
  }

  /** Those of a block's inputs that are named by their first projections, in the block's order. */
  public static <T> Map<SharedInput, T> named(Stack stack, int block, Map<String, T> names)
      throws FailureException {
    var inputs = new LinkedHashMap<SharedInput, T>();
    List<SharedInput> all = stack.projections(block);
    for (SharedInput input : all) {
      T value = names.get(input.first().name());
      if (value != null) {
        inputs.put(input, value);
      }
    }
    if (inputs.size() != names.size()) {
      throw unknown(names.keySet().toString());
    }
    return inputs;
  }

  private static FailureException unknown(String name) {
    return new FailureException(
        name + ": the model has no such projection where the task is done; is it the same model?");
  }
}
