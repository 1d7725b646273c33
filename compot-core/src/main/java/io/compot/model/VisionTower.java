package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * What a model sees with, in memory: the first of its stacks. The checkpoint it was loaded from
 * must stay open as long as it lives; one thread uses it at a time.
 */
public final class VisionTower implements AutoCloseable {

  private final Stack stack;
  private final Entry entry;
  private final List<Block> blocks;

  private VisionTower(Stack stack, Entry entry, List<Block> blocks) {
    this.stack = stack;
    this.entry = entry;
    this.blocks = blocks;
  }

  /**
   * Loads it.
   *
   * @param architecture of a model that takes images
   * @throws InputException naming the tensor that cannot be used
   */
  public static VisionTower load(Architecture architecture, WeightLoader loader)
      throws InputException {
    Stack stack = architecture.stacks().getFirst();
    List<AutoCloseable> loaded = new ArrayList<>();
    boolean whole = false;
    try {
      Entry entry = stack.entry(loader);
      loaded.add(entry);
      List<Block> blocks = new ArrayList<>();
      for (int block = 0; block < stack.blocks(); block++) {
        blocks.add(stack.block(block, loader));
        loaded.add(blocks.getLast());
      }
      whole = true;
      return new VisionTower(stack, entry, List.copyOf(blocks));
    } finally {
      if (!whole) {
        CausalModel.closeAll(loaded);
      }
    }
  }

  /**
   * What the decoder looks at.
   *
   * @param pixels F32 [patches, numbers of a patch], as {@link Images} says
   * @param layout of the patches
   * @return [1, patches, H′] in the caller's scope
   */
  public Tensor encode(Tensor pixels, PatchLayout layout) {
    Context context = Context.none().lying(layout);
    try (var scope = TensorScope.open()) {
      Tensor hidden = entry.forward(pixels.unsqueeze(0), context);
      for (Block block : blocks) {
        Tensor next = block.forward(hidden, context);
        hidden.close();
        hidden = next;
      }
      return scope.keep(hidden);
    }
  }

  /**
   * The input of its first block and the output of each, with what stands beside them.
   *
   * @return [1, patches, H′] each, in the caller's scope
   */
  List<Tensor> states(Tensor pixels, PatchLayout layout) {
    Context context = Context.none().lying(layout);
    try (var scope = TensorScope.open()) {
      List<Tensor> states = new ArrayList<>();
      states.add(scope.keep(entry.forward(pixels.unsqueeze(0), context)));
      for (Block block : blocks) {
        states.add(scope.keep(block.forward(states.getLast(), context)));
      }
      return states;
    }
  }

  /** Its name in the model. */
  String name() {
    return stack.name();
  }

  @Override
  public void close() {
    entry.close();
    blocks.forEach(Block::close);
  }
}
