package io.compot.pipeline.pass;

import io.compot.model.Architecture;
import io.compot.model.SharedInput;
import io.compot.model.Stack;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What a pass wants to see of one stack.
 *
 * @param blocks the wanted inputs of each block, up to the last block that has any
 * @param lookedAt whether something wanted in another stack depends on this one's output
 * @param several whether the model has other stacks
 */
record StackInputs(Stack stack, List<List<SharedInput>> blocks, boolean lookedAt, boolean several) {

  /** Of all stacks of a model, in their order. */
  static List<StackInputs> of(Architecture architecture, Set<String> wanted) {
    List<StackInputs> all = new ArrayList<>();
    Set<String> lookedAt = new HashSet<>();
    List<Stack> stacks = architecture.stacks();
    for (Stack stack : stacks.reversed()) {
      List<List<SharedInput>> blocks = new ArrayList<>();
      for (int block = 0; block < stack.blocks(); block++) {
        blocks.add(stack.projections(block).stream().filter(input -> any(input, wanted)).toList());
      }
      while (!blocks.isEmpty() && blocks.getLast().isEmpty()) {
        blocks.removeLast();
      }
      boolean seen = lookedAt.contains(stack.name());
      if (seen || !blocks.isEmpty()) {
        stack.looksAt().ifPresent(lookedAt::add);
      }
      all.addFirst(new StackInputs(stack, List.copyOf(blocks), seen, stacks.size() > 1));
    }
    return all;
  }

  /** Whether any projection of an input is among the named. */
  static boolean any(SharedInput input, Set<String> names) {
    return input.projections().stream().anyMatch(p -> names.contains(p.name()));
  }

  /** The wanted inputs of a block. */
  List<SharedInput> inputs(int block) {
    return block < blocks.size() ? blocks.get(block) : List.of();
  }

  /** The first block that has wanted inputs; as many as there are lists where none has. */
  int first() {
    int first = 0;
    while (first < blocks.size() && blocks.get(first).isEmpty()) {
      first++;
    }
    return first;
  }

  /** A block of those up to the last that is wanted, for progress. */
  String where(int block) {
    return where(block, Math.max(block + 1, blocks.size()));
  }

  /** A block of all, for progress. */
  String whereOfAll(int block) {
    return where(block, stack.blocks());
  }

  private String where(int block, int of) {
    return (several ? stack.name() + " " : "") + "block %d/%d".formatted(block + 1, of);
  }
}
