package io.compot.model;

import io.compot.error.InputException;
import io.compot.tensor.TensorScope;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A whole model of two stacks in memory: what the first makes of a sample, the second looks at
 * while it reads and writes tokens. The checkpoint it was loaded from must stay open as long as it
 * lives; one thread uses it at a time.
 */
public final class EncoderDecoder implements AutoCloseable {

  private final Stack stack;
  private final Entry entry;
  private final List<Block> blocks;
  private final Exit exit;
  private final CausalModel decoder;

  private EncoderDecoder(
      Stack stack, Entry entry, List<Block> blocks, Exit exit, CausalModel decoder) {
    this.stack = stack;
    this.entry = entry;
    this.blocks = blocks;
    this.exit = exit;
    this.decoder = decoder;
  }

  /**
   * Loads all of it.
   *
   * @param architecture of two stacks, the second of which looks at the first
   * @throws InputException naming the tensor that cannot be used
   */
  public static EncoderDecoder load(Architecture architecture, WeightLoader loader)
      throws InputException {
    Stack encoder = architecture.stacks().getFirst();
    List<AutoCloseable> loaded = new ArrayList<>();
    boolean whole = false;
    try {
      Entry entry = encoder.entry(loader);
      loaded.add(entry);
      List<Block> blocks = new ArrayList<>();
      for (int block = 0; block < encoder.blocks(); block++) {
        blocks.add(encoder.block(block, loader));
        loaded.add(blocks.getLast());
      }
      Exit exit = encoder.exit(loader);
      loaded.add(exit);
      CausalModel decoder = CausalModel.load(architecture, loader);
      whole = true;
      return new EncoderDecoder(encoder, entry, List.copyOf(blocks), exit, decoder);
    } finally {
      if (!whole) {
        CausalModel.closeAll(loaded);
      }
    }
  }

  /** The structure it was loaded by. */
  public Architecture architecture() {
    return decoder.architecture();
  }

  /** The second stack, with embedding and head. */
  public CausalModel decoder() {
    return decoder;
  }

  /**
   * What the decoder looks at.
   *
   * @param samples one each in the first dimension, as the encoder's entry takes them
   * @return [B, S, H] in the caller's scope
   */
  public Tensor encode(Tensor samples) {
    try (var scope = TensorScope.open()) {
      Tensor hidden = entry.forward(samples, Context.none());
      for (Block block : blocks) {
        Tensor next = block.forward(hidden);
        hidden.close();
        hidden = next;
      }
      return scope.keep(exit.forward(hidden));
    }
  }

  /**
   * Everything on the way, each stack's hidden states under its name: {@code encoder.hidden.0} …
   * {@code encoder.hidden.final}, {@code decoder.hidden.0} … {@code decoder.hidden.final}, {@code
   * logits}.
   *
   * @param samples as for {@link #encode}
   * @param tokens I64 [B, T]
   */
  public Map<String, Tensor> trace(Tensor samples, Tensor tokens) {
    try (var scope = TensorScope.open()) {
      Map<String, Tensor> trace = new LinkedHashMap<>();
      Tensor hidden = scope.keep(entry.forward(samples, Context.none()));
      String name = stack.name() + ".hidden.";
      trace.put(name + 0, hidden);
      for (int k = 0; k < blocks.size(); k++) {
        hidden = scope.keep(blocks.get(k).forward(hidden));
        trace.put(name + (k + 1), hidden);
      }
      Tensor memory = scope.keep(exit.forward(hidden));
      trace.put(name + "final", memory);
      String second = architecture().decoder().name();
      decoder
          .trace(tokens, memory)
          .forEach((part, tensor) ->
              trace.put(
                  part.startsWith("hidden.") ? second + "." + part : part, scope.keep(tensor)));
      return trace;
    }
  }

  @Override
  public void close() {
    entry.close();
    blocks.forEach(Block::close);
    exit.close();
    decoder.close();
  }
}
