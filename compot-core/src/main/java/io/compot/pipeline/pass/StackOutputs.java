package io.compot.pipeline.pass;

import io.compot.calibration.HiddenStates;
import io.compot.error.FailureException;
import io.compot.model.Stack;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The outputs of stacks that others look at, until a pass is done. */
final class StackOutputs implements AutoCloseable {

  private final Map<String, HiddenStates> outputs = new HashMap<>();

  /** Takes a stack's output. */
  void put(Stack stack, HiddenStates output) {
    outputs.put(stack.name(), output);
  }

  /** What a stack's blocks look at; null where that is nothing. */
  @Nullable HiddenStates seenBy(Stack stack) {
    return stack.looksAt().isEmpty() || outputs.isEmpty()
        ? null
        : Objects.requireNonNull(outputs.get(stack.looksAt().get()), stack::name);
  }

  /** Nobody looks at them any more. */
  void discard() throws FailureException {
    for (HiddenStates each : outputs.values()) {
      each.discard();
    }
  }

  @Override
  public void close() {
    outputs.values().forEach(HiddenStates::close);
  }
}
