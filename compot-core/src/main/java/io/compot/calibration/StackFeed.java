package io.compot.calibration;

import io.compot.error.FailureException;
import io.compot.model.Context;
import io.compot.model.Stack;
import io.compot.tensor.Dtype;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A stack and all that goes into it in a pass over its blocks.
 *
 * @param samples from which its first hidden states are made
 * @param memory what its blocks look at, of the same samples; null where they look at nothing
 */
public record StackFeed(Stack stack, SampleSource samples, @Nullable HiddenStates memory) {

  /** Of a stack whose blocks look at nothing but their own hidden states. */
  public StackFeed(Stack stack, SampleSource samples) {
    this(stack, samples, null);
  }

  /** What its blocks look at when some of the samples go through them. */
  Context context(Lengths.Batch batch) throws FailureException {
    return memory == null
        ? entering(batch)
        : context(batch, memory.batch(batch.from(), batch.to()));
  }

  /** The same of another tensor of what they look at. */
  Context context(Lengths.Batch batch, Tensor looked) {
    return Context.lookingAt(looked).lying(samples.layout(batch.from()));
  }

  /** What its entry has to know of some of the samples. */
  Context entering(Lengths.Batch batch) {
    return Context.none().lying(samples.layout(batch.from()));
  }

  /** Of the hidden states between its blocks. */
  public HiddenStates.Shape shape(Dtype computation) {
    return new HiddenStates.Shape(samples.lengths(), stack.width(), computation);
  }
}
